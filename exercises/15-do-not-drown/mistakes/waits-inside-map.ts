// gets: drowns
await new Promise<void>((resolve) => {
  call.on("data", (reading: Reading) => {
    void file(reading).then(() => filed.push(reading.value));
  });
  call.on("end", () => resolve());
});
