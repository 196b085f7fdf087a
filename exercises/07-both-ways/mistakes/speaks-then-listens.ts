// gets: speaks-first
for await (const order of orders) call.write(order);
call.end();
for await (const answer of call) heard(answer);
