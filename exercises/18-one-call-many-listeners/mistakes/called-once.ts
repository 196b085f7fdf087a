// gets: never-again
let newest = new rx.ReplaySubject<Reading>(1);
let listeners = 0;
let call: rx.Subscription | undefined;
return new rx.Observable((listener) => {
  listeners += 1;
  const heard = newest.subscribe(listener);
  call ??= call$.subscribe((reading) => newest.next(reading));
  return () => {
    heard.unsubscribe();
    listeners -= 1;
    if (listeners > 0) return;
    call?.unsubscribe();
    newest = new rx.ReplaySubject<Reading>(1);
  };
});
