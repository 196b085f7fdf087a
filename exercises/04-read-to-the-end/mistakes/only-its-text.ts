// gets: no-error
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", (error) => reject(error.message));
call.on("end", () => resolve(readings));
