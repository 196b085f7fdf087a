// gets: cancel-stays
station.measure({ instrument }, new Metadata(), { deadline: call.getDeadline() }, callback);
