// gets: error-unheard
return new Observable<Reading>((subscriber) => {
  const call = client.watch(request);
  call.on("data", (reading: Reading) => subscriber.next(reading));
  call.on("end", () => subscriber.complete());
  return () => call.cancel();
});
