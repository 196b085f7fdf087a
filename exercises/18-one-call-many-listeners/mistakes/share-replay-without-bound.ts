// gets: all-the-past
return call$.pipe(rx.shareReplay());
