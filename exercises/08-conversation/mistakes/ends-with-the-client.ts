// gets: ends-too-early
call.on("data", async ({ number, instrument }: Order) => {
  call.write({ order: number, reading: await mast(instrument) });
});
call.on("end", () => call.end());
