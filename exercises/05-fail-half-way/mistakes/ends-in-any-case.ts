// gets: as-if-all-were-well
try {
  for await (const reading of readings()) call.write(reading);
} catch {
  // The finally block ends the call.
} finally {
  call.end();
}
