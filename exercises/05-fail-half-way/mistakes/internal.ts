// gets: another-code
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch {
  call.emit("error", { code: status.INTERNAL, details: "the instrument has stopped working" });
}
