// gets: as-it-is
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch (error) {
  call.emit("error", error);
}
