// gets: all-at-once
const filing: Promise<void>[] = [];
for await (const reading of call) {
  filing.push(file(reading).then(() => void filed.push(reading.value)));
}
await Promise.all(filing);
