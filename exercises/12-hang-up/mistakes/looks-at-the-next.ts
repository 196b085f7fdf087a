// gets: waits-for-one-more
call.on("error", () => {});
for await (const reading of call) {
  if (readings.length === wanted) break;
  readings.push(reading);
}
call.cancel();
