// gets: no-half-close
async function speak(): Promise<void> {
  for await (const order of orders) call.write(order);
}
async function listen(): Promise<void> {
  for await (const answer of call) heard(answer);
}
await Promise.all([speak(), listen()]);
call.end();
