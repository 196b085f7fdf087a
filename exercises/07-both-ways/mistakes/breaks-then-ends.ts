// gets: left-the-loop
const speaking = (async () => {
  for await (const order of orders) call.write(order);
})();
for await (const answer of call) {
  heard(answer);
  if (answer.order === 3) break;
}
await speaking;
call.end();
