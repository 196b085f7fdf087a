// gets: ends-at-once
void (async () => {
  for await (const reading of readings()) call.write(reading);
})();
call.end();
