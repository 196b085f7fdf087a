// gets: nobody-listens
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("status", ({ code }) => (code === 0 ? resolve(readings) : reject(new Error("failed"))));
