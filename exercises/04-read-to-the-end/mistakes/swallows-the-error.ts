// gets: half-for-the-whole
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", () => {});
call.on("end", () => resolve(readings));
