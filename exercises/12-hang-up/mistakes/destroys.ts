// gets: goes-on
call.on("error", () => {});
try {
  for await (const reading of call) {
    readings.push(reading);
    if (readings.length === wanted) break;
  }
} finally {
  call.destroy();
}
