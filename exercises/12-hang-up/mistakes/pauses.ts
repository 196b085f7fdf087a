// gets: goes-on
await new Promise<void>((resolve, reject) => {
  call.on("error", reject);
  call.on("data", (reading: Reading) => {
    readings.push(reading);
    if (readings.length < wanted) return;
    call.pause();
    resolve();
  });
});
