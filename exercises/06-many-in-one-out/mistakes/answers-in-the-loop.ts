// gets: answers-early
for (const reading of readings) call.write(reading);
call.end();
// --- the next region
void (async () => {
  const readings: Reading[] = [];
  for await (const reading of call) {
    readings.push(reading as Reading);
    callback(null, summaryOf(readings));
  }
})();
