// gets: deadline-stays
station.measure({ instrument }, callback);
