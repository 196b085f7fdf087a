// gets: never-half-closes
for (const reading of readings) call.write(reading);
// --- the next region
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("end", () => callback(null, summaryOf(readings)));
