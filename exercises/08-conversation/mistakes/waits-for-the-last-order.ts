// gets: ends-too-early
let last: Promise<unknown> = Promise.resolve();
call.on("data", ({ number, instrument }: Order) => {
  last = mast(instrument).then((reading) => call.write({ order: number, reading }));
});
call.on("end", async () => {
  await last;
  call.end();
});
