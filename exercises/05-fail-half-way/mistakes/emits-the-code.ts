// gets: not-an-object
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch {
  call.emit("error", failure.code);
}
