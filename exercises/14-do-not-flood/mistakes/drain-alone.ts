// gets: waits-for-drain-alone
for (const reading of archive()) {
  if (!call.write(reading)) await new Promise<void>((resolve) => call.once("drain", resolve));
}
call.end();
