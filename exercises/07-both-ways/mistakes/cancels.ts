// gets: hangs-up
call.on("data", heard);
call.on("error", () => {});
for await (const order of orders) call.write(order);
call.end();
call.cancel();
