// gets: no-half-close
const over = new Promise<void>((resolve, reject) => {
  call.on("data", heard);
  call.on("end", resolve);
  call.on("error", reject);
});
for await (const order of orders) call.write(order);
await over;
