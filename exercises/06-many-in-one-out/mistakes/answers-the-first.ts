// gets: answers-early
for (const reading of readings) call.write(reading);
call.end();
// --- the next region
call.once("data", (reading: Reading) => callback(null, summaryOf([reading])));
