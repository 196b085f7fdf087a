// gets: counts-too-many
for (const reading of readings) call.write(reading);
call.end();
// --- the next region
// Stands for a list outside of the function.
const kept: { readings?: Reading[] } = summarize as object;
kept.readings ??= [];
const { readings } = kept;
call.on("data", (reading: Reading) => readings.push(reading));
call.on("end", () => callback(null, summaryOf(readings)));
