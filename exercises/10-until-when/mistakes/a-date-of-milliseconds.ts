// gets: in-1970
if (count > 0) options.deadline = new Date(count * patienceMs);
