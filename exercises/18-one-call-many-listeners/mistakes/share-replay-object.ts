// gets: still-open
return call$.pipe(rx.shareReplay({ bufferSize: 1, refCount: false }));
