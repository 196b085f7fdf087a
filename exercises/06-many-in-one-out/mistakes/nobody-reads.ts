// gets: never-answers
for (const reading of readings) call.write(reading);
call.end();
// --- the next region
call.on("end", () => callback(null, summaryOf([])));
