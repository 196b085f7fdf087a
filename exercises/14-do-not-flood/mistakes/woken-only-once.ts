// gets: never-wakes
let wake = () => {};
call.once("drain", () => wake());
call.once("cancelled", () => wake());
for (const reading of archive()) {
  if (call.write(reading)) continue;
  await new Promise<void>((resolve) => {
    wake = resolve;
  });
  if (call.cancelled) return;
}
call.end();
