// gets: one-at-a-time
let answered: (value: void) => void = () => {};
const over = new Promise<void>((resolve, reject) => {
  call.on("data", (answer: Answer) => {
    heard(answer);
    answered();
  });
  call.on("end", resolve);
  call.on("error", reject);
});
for await (const order of orders) {
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  call.write(order);
  await answer;
}
call.end();
await over;
