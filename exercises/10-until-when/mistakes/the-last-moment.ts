// gets: refused
options.deadline = count > 0 ? Date.now() + count * patienceMs : Number.MAX_SAFE_INTEGER;
