// gets: deadline-of-its-own
const asked = station.measure({ instrument }, new Metadata(), { deadline: Date.now() + 10_000 }, callback);
call.on("cancelled", () => asked.cancel());
