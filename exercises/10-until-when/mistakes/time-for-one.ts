// gets: for-one
if (count > 0) options.deadline = Date.now() + patienceMs;
