// gets: ends-at-once
for await (const reading of readings()) {
  call.write(reading);
  call.end();
}
