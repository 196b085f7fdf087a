// gets: answers-twice
if (instrument === Instrument.UNSPECIFIED) {
  callback(refusal(status.INVALID_ARGUMENT, "name an instrument"));
  return;
}
let reading: Reading | undefined;
try {
  reading = await mast(instrument);
  if (!reading) callback(refusal(status.NOT_FOUND, "the station has no such instrument"));
} catch {
  callback(refusal(status.UNAVAILABLE, "the instrument does not work at the moment"));
}
callback(null, reading);
