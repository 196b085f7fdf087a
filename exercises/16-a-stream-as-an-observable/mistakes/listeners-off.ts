// gets: no-teardown
return new Observable<Reading>((subscriber) => {
  const call = client.watch(request);
  const next = (reading: Reading) => subscriber.next(reading);
  call.on("data", next);
  call.on("error", (error) => subscriber.error(error));
  call.on("end", () => subscriber.complete());
  return () => call.off("data", next);
});
