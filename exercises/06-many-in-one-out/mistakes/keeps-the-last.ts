// gets: counts-some
for (const reading of readings) call.write(reading);
call.end();
// --- the next region
let last: Reading[] = [];
call.on("data", (reading: Reading) => {
  last = [reading];
});
call.on("end", () => callback(null, summaryOf(last)));
