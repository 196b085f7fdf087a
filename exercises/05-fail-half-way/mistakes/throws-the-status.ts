// gets: nobody-catches
try {
  for await (const reading of readings()) call.write(reading);
  call.end();
} catch {
  throw failure;
}
