// gets: fixed-number
const readings: AsyncIterable<Reading> = call[Symbol.asyncIterator]();
const atOneDesk = async () => {
  for await (const reading of readings) {
    await file(reading);
    filed.push(reading.value);
  }
};
await Promise.all([atOneDesk(), atOneDesk(), atOneDesk()]);
