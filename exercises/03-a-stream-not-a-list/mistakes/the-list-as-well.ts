// gets: sent-again
const all: Reading[] = [];
for await (const reading of readings()) {
  all.push(reading);
  call.write(reading);
}
for (const reading of all) call.write(reading);
call.end();
