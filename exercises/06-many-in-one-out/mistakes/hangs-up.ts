// gets: cancels
for (const reading of readings) call.write(reading);
call.cancel();
// --- the next region
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("end", () => callback(null, summaryOf(readings)));
