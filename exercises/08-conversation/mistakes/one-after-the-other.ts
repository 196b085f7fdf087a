// gets: waits-in-turn
let last: Promise<void> = Promise.resolve();
call.on("data", ({ number, instrument }: Order) => {
  last = last.then(async () => {
    call.write({ order: number, reading: await mast(instrument) });
  });
});
call.on("end", async () => {
  await last;
  call.end();
});
