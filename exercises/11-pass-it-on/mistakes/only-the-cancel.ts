// gets: deadline-stays
const asked = station.measure({ instrument }, callback);
call.on("cancelled", () => asked.cancel());
