// gets: writes-again
for (const reading of archive()) {
  while (!call.write(reading)) await new Promise<void>((resolve) => call.once("drain", resolve));
}
call.end();
