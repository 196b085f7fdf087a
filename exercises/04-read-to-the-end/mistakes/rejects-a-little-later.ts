// gets: half-for-the-whole
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", (error) => setImmediate(() => reject(error)));
call.on("end", () => resolve(readings));
