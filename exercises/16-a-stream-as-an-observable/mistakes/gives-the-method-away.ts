// gets: teardown-fails
return new Observable<Reading>((subscriber) => {
  const call = client.watch(request);
  call.on("data", (reading: Reading) => subscriber.next(reading));
  call.on("error", (error) => subscriber.error(error));
  call.on("end", () => subscriber.complete());
  return call.cancel;
});
