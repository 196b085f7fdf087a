// gets: wrong-code
if (instrument === Instrument.UNSPECIFIED) {
  callback(new Error("INVALID_ARGUMENT"));
  return;
}
const reading = await mast(instrument);
callback(null, reading);
