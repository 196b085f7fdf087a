// gets: counts-some
for (const reading of readings) call.write(reading);
call.end();
// --- the next region
const readings: Reading[] = [];
call.on("data", async (reading: Reading) => {
  await new Promise((resolve) => call.once("end", resolve));
  readings.push(reading);
});
call.on("end", () => callback(null, summaryOf(readings)));
