// gets: error-unheard
return new Observable<Reading>((subscriber) => {
  const call = client.watch(request);
  void (async () => {
    for await (const reading of call) subscriber.next(reading as Reading);
    subscriber.complete();
  })();
  return () => call.cancel();
});
