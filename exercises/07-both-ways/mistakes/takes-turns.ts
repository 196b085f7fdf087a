// gets: one-at-a-time
const answers = call[Symbol.asyncIterator]();
for await (const order of orders) {
  call.write(order);
  const { value } = await answers.next();
  heard(value);
}
call.end();
await answers.next();
