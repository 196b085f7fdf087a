// gets: in-1970
const seconds = (count * patienceMs) / 1000;
if (count > 0) options.deadline = seconds;
