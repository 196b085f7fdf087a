// gets: error-swallowed
try {
  for await (const reading of call) {
    readings.push(reading);
    if (readings.length === wanted) call.cancel();
  }
} catch {
  // CANCELLED: that was us.
}
