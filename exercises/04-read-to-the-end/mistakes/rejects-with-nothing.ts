// gets: no-error
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", () => reject());
call.on("end", () => resolve(readings));
