// gets: gives-up
return watch(0);
