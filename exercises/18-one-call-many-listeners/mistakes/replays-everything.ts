// gets: all-the-past
return call$.pipe(rx.share({ connector: () => new rx.ReplaySubject<Reading>() }));
