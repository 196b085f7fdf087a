// gets: answers-early
let inHand = 0;
await new Promise((resolve) => {
  call.on("data", async (reading: Reading) => {
    inHand += 1;
    if (inHand >= desks) call.pause();
    await file(reading);
    filed.push(reading.value);
    inHand -= 1;
    call.resume();
  });
  call.on("end", resolve);
});
