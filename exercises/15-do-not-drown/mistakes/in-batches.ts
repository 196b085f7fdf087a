// gets: idle-desks
let batch: Reading[] = [];
const fileBatch = async () => {
  await Promise.all(batch.map(file));
  filed.push(...batch.map(({ value }) => value));
  batch = [];
};
for await (const reading of call) {
  batch.push(reading);
  if (batch.length === desks) await fileBatch();
}
await fileBatch();
