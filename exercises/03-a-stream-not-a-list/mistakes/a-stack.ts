// gets: list-in-slow-motion
const all: Reading[] = [];
for await (const reading of readings()) all.unshift(reading);
while (all.length > 0) call.write(all.pop() as Reading);
call.end();
