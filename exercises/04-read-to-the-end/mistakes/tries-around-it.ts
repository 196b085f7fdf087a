// gets: nobody-listens
try {
  const readings: Reading[] = [];
  call.on("data", (reading: Reading) => readings.push(reading));
  call.on("end", () => resolve(readings));
} catch (error) {
  reject(error);
}
