// gets: still-open
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch {
  // Nothing to send any more.
}
