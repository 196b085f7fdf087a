// gets: late-and-blank
return call$.pipe(rx.share());
