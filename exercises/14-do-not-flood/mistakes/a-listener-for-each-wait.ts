// gets: listeners-pile-up
for (const reading of archive()) {
  if (call.write(reading)) continue;
  await new Promise<void>((resolve) => {
    call.once("drain", resolve);
    call.once("cancelled", resolve);
  });
  if (call.cancelled) return;
}
call.end();
