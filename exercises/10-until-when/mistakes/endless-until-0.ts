// gets: endless-ends
options.deadline = count === 0 ? 0 : Date.now() + count * patienceMs;
