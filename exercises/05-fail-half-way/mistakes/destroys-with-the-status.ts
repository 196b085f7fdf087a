// gets: then-silence
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch {
  call.destroy(Object.assign(new Error(failure.details), failure));
}
