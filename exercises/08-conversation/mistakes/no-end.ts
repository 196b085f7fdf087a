// gets: never-ends
call.on("data", async ({ number, instrument }: Order) => {
  call.write({ order: number, reading: await mast(instrument) });
});
