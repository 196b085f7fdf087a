// gets: left-the-loop
async function speak(): Promise<void> {
  for await (const order of orders) call.write(order);
  call.end();
}
async function listen(): Promise<void> {
  let answers = 0;
  for await (const answer of call) {
    heard(answer);
    answers += 1;
    if (answers === 3) break;
  }
}
await Promise.all([speak(), listen()]);
