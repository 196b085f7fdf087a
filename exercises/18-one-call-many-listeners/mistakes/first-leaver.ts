// gets: first-leaver-hangs-up
let newest = new rx.ReplaySubject<Reading>(1);
let call: rx.Subscription | undefined;
return new rx.Observable((listener) => {
  const heard = newest.subscribe(listener);
  call ??= call$.subscribe((reading) => newest.next(reading));
  return () => {
    heard.unsubscribe();
    call?.unsubscribe();
    call = undefined;
    newest = new rx.ReplaySubject<Reading>(1);
  };
});
