// gets: never-answers
if (instrument === Instrument.UNSPECIFIED) {
  refusal(status.INVALID_ARGUMENT, "name an instrument");
  return;
}
const reading = await mast(instrument);
callback(null, reading);
