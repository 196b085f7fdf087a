// gets: begins-nothing
async function speak(): Promise<void> {
  for await (const order of orders) call.write(order);
  call.end();
}
async function listen(): Promise<void> {
  for await (const answer of call) heard(answer);
}
await Promise.all([speak, listen]);
