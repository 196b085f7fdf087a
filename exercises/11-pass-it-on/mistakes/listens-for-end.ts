// gets: cancel-stays
const asked = station.measure({ instrument }, new Metadata(), { deadline: call.getDeadline() }, callback);
call.on("end", () => asked.cancel());
