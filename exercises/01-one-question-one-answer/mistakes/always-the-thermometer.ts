// gets: same-to-all
callback(null, mast(1));
