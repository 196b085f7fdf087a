// gets: endless-ends
options.deadline = Date.now() + count * patienceMs;
