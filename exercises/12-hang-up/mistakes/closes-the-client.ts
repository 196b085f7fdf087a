// gets: closes-the-client
for await (const reading of call) {
  readings.push(reading);
  if (readings.length === wanted) break;
}
station.close();
