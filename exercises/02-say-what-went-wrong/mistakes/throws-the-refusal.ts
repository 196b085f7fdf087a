// gets: no-status-leaves
if (instrument === Instrument.UNSPECIFIED) throw refusal(status.INVALID_ARGUMENT, "name an instrument");
const reading = await mast(instrument);
if (!reading) throw refusal(status.NOT_FOUND, "the station has no such instrument");
callback(null, reading);
