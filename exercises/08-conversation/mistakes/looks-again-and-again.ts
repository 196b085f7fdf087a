// gets: waits-for-a-time
let open = 0;
call.on("data", async ({ number, instrument }: Order) => {
  open += 1;
  call.write({ order: number, reading: await mast(instrument) });
  open -= 1;
});
call.on("end", async () => {
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  call.end();
});
