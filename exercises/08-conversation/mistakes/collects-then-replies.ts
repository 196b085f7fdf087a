// gets: collects
const orders: Order[] = [];
call.on("data", (order: Order) => orders.push(order));
call.on("end", async () => {
  const answers = await Promise.all(orders.map(async ({ number, instrument }) => ({ order: number, reading: await mast(instrument) })));
  for (const answer of answers) call.write(answer);
  call.end();
});
