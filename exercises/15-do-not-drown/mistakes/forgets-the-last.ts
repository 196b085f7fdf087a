// gets: answers-early
const inHand = new Set<Promise<void>>();
for await (const reading of call) {
  const filing = file(reading).then(() => {
    filed.push(reading.value);
    inHand.delete(filing);
  });
  inHand.add(filing);
  if (inHand.size >= desks) await Promise.race(inHand);
}
