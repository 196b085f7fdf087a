// gets: in-1970
options.deadline = count * patienceMs;
