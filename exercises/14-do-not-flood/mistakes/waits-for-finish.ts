// gets: never-wakes
for (const reading of archive()) {
  if (!call.write(reading)) await new Promise<void>((resolve) => call.once("finish", resolve));
}
call.end();
