// gets: error-swallowed
await new Promise<void>((resolve) => {
  call.on("error", () => resolve());
  call.on("data", (reading: Reading) => {
    readings.push(reading);
    if (readings.length === wanted) call.cancel();
  });
});
