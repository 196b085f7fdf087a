// gets: answers-early
for (const reading of readings) call.write(reading);
call.end();
// --- the next region
const readings: Reading[] = [];
call.on("data", (reading: Reading) => {
  readings.push(reading);
  callback(null, summaryOf(readings));
});
