// gets: a-call-each
return call$.pipe(rx.distinctUntilChanged());
