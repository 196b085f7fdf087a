// gets: never-settles
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", (error) => console.error(error.message));
call.on("status", ({ code }) => {
  if (code === 0) resolve(readings);
});
