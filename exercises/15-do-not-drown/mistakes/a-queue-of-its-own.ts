// gets: hoards
const waiting: Reading[] = [];
let inHand = 0;
let ended = false;
await new Promise<void>((resolve) => {
  const next = async (): Promise<void> => {
    if (ended && inHand === 0 && waiting.length === 0) resolve();
    if (inHand >= desks) return;
    const reading = waiting.shift();
    if (!reading) return;
    inHand += 1;
    await file(reading);
    filed.push(reading.value);
    inHand -= 1;
    void next();
  };
  call.on("data", (reading: Reading) => {
    waiting.push(reading);
    void next();
  });
  call.on("end", () => {
    ended = true;
    void next();
  });
});
