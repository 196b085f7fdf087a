// gets: keeps-orders
const all: Order[] = [];
for await (const order of orders) all.push(order);
for (const order of all) call.write(order);
call.end();
for await (const answer of call) heard(answer);
