// gets: kept-back
const all: Reading[] = [];
try {
  for await (const reading of readings()) all.push(reading);
  for (const reading of all) call.write(reading);
  call.end();
} catch {
  call.emit("error", failure);
}
