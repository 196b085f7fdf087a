// gets: no-status-leaves
if (instrument === Instrument.UNSPECIFIED) {
  callback(refusal(status.INVALID_ARGUMENT, "name an instrument"));
  return;
}
const reading = await mast(instrument);
if (reading) callback(null, reading);
else callback(refusal(status.NOT_FOUND, "the station has no such instrument"));
