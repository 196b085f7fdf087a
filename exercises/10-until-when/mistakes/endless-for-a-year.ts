// gets: endless-ends
const yearMs = 365 * 24 * 60 * 60 * 1000;
options.deadline = new Date(Date.now() + (count > 0 ? count * patienceMs : yearMs));
