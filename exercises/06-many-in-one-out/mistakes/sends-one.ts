// gets: ends-too-soon
const [first] = readings;
if (first) call.write(first);
call.end();
// --- the next region
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("end", () => callback(null, summaryOf(readings)));
