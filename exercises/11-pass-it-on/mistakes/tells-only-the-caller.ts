// gets: cancel-stays
station.measure({ instrument }, new Metadata(), { deadline: call.getDeadline() }, callback);
call.on("cancelled", () => callback({ code: status.CANCELLED, details: "the caller hung up" }));
