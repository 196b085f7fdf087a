// gets: waits-to-half-close
let open = 0;
let all = false;
const over = new Promise<void>((resolve, reject) => {
  call.on("data", (answer: Answer) => {
    heard(answer);
    open -= 1;
    if (all && open === 0) call.end();
  });
  call.on("end", resolve);
  call.on("error", reject);
});
for await (const order of orders) {
  call.write(order);
  open += 1;
}
all = true;
if (open === 0) call.end();
await over;
