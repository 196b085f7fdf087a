// gets: no-deadline
