// gets: done-too-early
call.on("data", heard);
for await (const order of orders) call.write(order);
call.end();
