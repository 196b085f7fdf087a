// gets: error-stays
const options = { deadline: call.getDeadline() };
const asked = station.measure({ instrument }, new Metadata(), options, (error, reading) => {
  if (error) callback({ code: status.INTERNAL, details: "the station has failed" });
  else callback(null, reading);
});
call.on("cancelled", () => asked.cancel());
