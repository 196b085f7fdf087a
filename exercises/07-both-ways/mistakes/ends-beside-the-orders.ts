// gets: half-closes-too-soon
async function speak(): Promise<void> {
  for await (const order of orders) call.write(order);
}
async function listen(): Promise<void> {
  for await (const answer of call) heard(answer);
}
const both = [speak(), listen()];
call.end();
await Promise.all(both);
