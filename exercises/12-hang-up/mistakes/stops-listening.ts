// gets: goes-on
await new Promise<void>((resolve, reject) => {
  call.on("error", reject);
  call.on("end", resolve);
  call.on("data", (reading: Reading) => {
    readings.push(reading);
    if (readings.length < wanted) return;
    call.removeAllListeners("data");
    resolve();
  });
});
