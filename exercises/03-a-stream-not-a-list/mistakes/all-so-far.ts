// gets: sent-again
const all: Reading[] = [];
for await (const reading of readings()) {
  all.push(reading);
  for (const one of all) call.write(one);
}
call.end();
