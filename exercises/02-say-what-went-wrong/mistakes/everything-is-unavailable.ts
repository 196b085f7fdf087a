// gets: wrong-code
try {
  const reading = instrument === 0 ? undefined : await mast(instrument);
  if (!reading) throw new Error("nothing");
  callback(null, reading);
} catch {
  callback(refusal(status.UNAVAILABLE, "it did not work"));
}
