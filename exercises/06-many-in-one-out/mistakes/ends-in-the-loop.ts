// gets: ends-too-soon
for (const reading of readings) {
  call.write(reading);
  call.end();
}
// --- the next region
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("end", () => callback(null, summaryOf(readings)));
