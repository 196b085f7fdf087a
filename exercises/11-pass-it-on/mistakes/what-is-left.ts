// gets: gives-up-at-once
const deadline = Number(call.getDeadline()) - Date.now();
const asked = station.measure({ instrument }, new Metadata(), { deadline }, callback);
call.on("cancelled", () => asked.cancel());
