// gets: throws-after-all
if (instrument === Instrument.UNSPECIFIED) {
  callback(refusal(status.INVALID_ARGUMENT, "name an instrument"));
  return;
}
try {
  const reading = await mast(instrument);
  if (reading) callback(null, reading);
  else callback(refusal(status.NOT_FOUND, "the station has no such instrument"));
} catch (error) {
  callback(refusal(status.UNAVAILABLE, "the instrument does not work at the moment"));
  throw error;
}
