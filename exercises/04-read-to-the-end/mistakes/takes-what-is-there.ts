// gets: too-early
const readings: Reading[] = [];
for (let reading = call.read(); reading; reading = call.read()) readings.push(reading);
call.on("error", reject);
resolve(readings);
