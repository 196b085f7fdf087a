// gets: never-completes
return new Observable<Reading>((subscriber) => {
  const call = client.watch(request);
  call.on("data", (reading: Reading) => subscriber.next(reading));
  call.on("error", (error) => subscriber.error(error));
  return () => call.cancel();
});
