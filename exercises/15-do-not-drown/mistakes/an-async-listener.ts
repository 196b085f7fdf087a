// gets: drowns
await new Promise<void>((resolve) => {
  call.on("data", async (reading: Reading) => {
    await file(reading);
    filed.push(reading.value);
  });
  call.on("end", () => resolve());
});
