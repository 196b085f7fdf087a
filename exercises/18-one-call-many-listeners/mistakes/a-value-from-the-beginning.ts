// gets: never-measured
const none = {} as Reading;
return call$.pipe(rx.share({ connector: () => new rx.BehaviorSubject<Reading>(none) }));
