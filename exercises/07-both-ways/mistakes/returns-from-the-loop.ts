// gets: left-the-loop
async function listen(): Promise<void> {
  let answers = 0;
  for await (const answer of call) {
    heard(answer);
    answers += 1;
    if (answers === 3) return;
  }
}
const listening = listen();
for await (const order of orders) call.write(order);
await listening;
call.end();
