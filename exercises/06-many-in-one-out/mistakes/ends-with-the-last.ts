// gets: never-half-closes
for (const [at, reading] of readings.entries()) {
  if (at < readings.length - 1) call.write(reading);
  else call.end(reading);
}
// --- the next region
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("end", () => callback(null, summaryOf(readings)));
