// gets: never-ends
let wake = () => {};
call.on("drain", () => wake());
call.on("cancelled", () => wake());
for (const reading of archive()) {
  if (call.write(reading)) continue;
  await new Promise<void>((resolve) => {
    wake = resolve;
  });
  if (call.cancelled) return;
}
