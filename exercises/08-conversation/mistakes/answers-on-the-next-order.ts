// gets: collects
let last: Order | undefined;
async function answer({ number, instrument }: Order): Promise<void> {
  call.write({ order: number, reading: await mast(instrument) });
}
call.on("data", (order: Order) => {
  if (last) void answer(last);
  last = order;
});
call.on("end", async () => {
  if (last) await answer(last);
  call.end();
});
