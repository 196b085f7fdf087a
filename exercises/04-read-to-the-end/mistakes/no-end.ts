// gets: never-settles
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", reject);
