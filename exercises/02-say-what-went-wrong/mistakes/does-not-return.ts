// gets: answers-twice
if (instrument === Instrument.UNSPECIFIED) {
  callback(refusal(status.INVALID_ARGUMENT, "name an instrument"));
}
try {
  const reading = await mast(instrument);
  if (reading) callback(null, reading);
  else callback(refusal(status.NOT_FOUND, "the station has no such instrument"));
} catch {
  callback(refusal(status.UNAVAILABLE, "the instrument does not work at the moment"));
}
