// gets: left-before-the-end
let sent = 0;
let all = false;
async function speak(): Promise<void> {
  for await (const order of orders) {
    call.write(order);
    sent += 1;
  }
  all = true;
  call.end();
}
async function listen(): Promise<void> {
  let answers = 0;
  for await (const answer of call) {
    heard(answer);
    answers += 1;
    if (all && answers === sent) break;
  }
}
await Promise.all([speak(), listen()]);
