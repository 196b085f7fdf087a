// gets: still-open
try {
  for await (const reading of readings()) call.write(reading);
} catch {
  call.emit("error", failure);
}
