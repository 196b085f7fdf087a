// gets: loop-destroyed
const orders: Order[] = [];
void (async () => {
  for await (const order of call) orders.push(order);
  for (const { number, instrument } of orders) call.write({ order: number, reading: await mast(instrument) });
  call.end();
})();
