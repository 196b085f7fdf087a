// gets: still-open
return call$.pipe(rx.shareReplay(1));
