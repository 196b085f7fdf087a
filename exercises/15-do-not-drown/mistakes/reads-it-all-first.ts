// gets: hoards
const all: Reading[] = [];
for await (const reading of call) all.push(reading);
const atOneDesk = async () => {
  for (let reading = all.shift(); reading; reading = all.shift()) {
    await file(reading);
    filed.push(reading.value);
  }
};
await Promise.all(Array.from({ length: desks }, atOneDesk));
