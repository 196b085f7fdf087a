// gets: ends-in-between
let open = 0;
call.on("data", async ({ number, instrument }: Order) => {
  open += 1;
  call.write({ order: number, reading: await mast(instrument) });
  open -= 1;
  if (open === 0) call.end();
});
