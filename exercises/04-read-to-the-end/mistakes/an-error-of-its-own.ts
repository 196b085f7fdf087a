// gets: code-lost
const readings: Reading[] = [];
call.on("data", (reading: Reading) => readings.push(reading));
call.on("error", () => reject(new Error("the station did not answer")));
call.on("end", () => resolve(readings));
