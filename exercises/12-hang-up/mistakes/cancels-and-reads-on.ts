// gets: its-own-error
for await (const reading of call) {
  readings.push(reading);
  if (readings.length === wanted) call.cancel();
}
