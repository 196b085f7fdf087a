// gets: never-wakes
for (const reading of archive()) {
  call.write(reading);
  await new Promise<void>((resolve) => call.once("drain", resolve));
}
call.end();
