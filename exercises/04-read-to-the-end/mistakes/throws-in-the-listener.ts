// gets: thrown-at-nobody
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", (error) => {
  throw error;
});
call.on("end", () => resolve(readings));
