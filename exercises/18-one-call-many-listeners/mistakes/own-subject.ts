// gets: old-reading
const newest = new rx.ReplaySubject<Reading>(1);
return call$.pipe(rx.share({ connector: () => newest, resetOnRefCountZero: true }));
