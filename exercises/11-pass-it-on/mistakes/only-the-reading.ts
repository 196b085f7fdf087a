// gets: error-stays
const options = { deadline: call.getDeadline() };
const asked = station.measure({ instrument }, new Metadata(), options, (_error, reading) => {
  if (reading) callback(null, reading);
});
call.on("cancelled", () => asked.cancel());
