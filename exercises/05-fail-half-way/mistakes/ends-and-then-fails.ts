// gets: as-if-all-were-well
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch {
  call.end();
  call.emit("error", failure);
}
