// gets: no-status-leaves
if (instrument === Instrument.UNSPECIFIED) {
  callback(refusal(status.INVALID_ARGUMENT, "name an instrument"));
  return;
}
try {
  mast(instrument).then((reading) => {
    if (reading) callback(null, reading);
    else callback(refusal(status.NOT_FOUND, "the station has no such instrument"));
  });
} catch {
  callback(refusal(status.UNAVAILABLE, "the instrument does not work at the moment"));
}
