// gets: then-silence
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch {
  call.emit("error", failure);
  call.destroy();
}
