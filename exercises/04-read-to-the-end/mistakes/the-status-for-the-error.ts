// gets: no-error
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", () => {});
call.on("status", (ended) => (ended.code === 0 ? resolve(readings) : reject(ended)));
