// gets: nobody-listens
await new Promise<void>((resolve) => {
  call.on("data", (reading: Reading) => {
    readings.push(reading);
    if (readings.length < wanted) return;
    call.cancel();
    resolve();
  });
});
