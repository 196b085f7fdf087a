// gets: answers-with-nothing
if (instrument === Instrument.UNSPECIFIED) {
  callback(refusal(status.INVALID_ARGUMENT, "name an instrument"));
  return;
}
try {
  callback(null, await mast(instrument));
} catch {
  callback(refusal(status.UNAVAILABLE, "the instrument does not work at the moment"));
}
