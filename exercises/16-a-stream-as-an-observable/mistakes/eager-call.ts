// gets: eager-call
const call = client.watch(request);
return new Observable<Reading>((subscriber) => {
  call.on("data", (reading: Reading) => subscriber.next(reading));
  call.on("error", (error) => subscriber.error(error));
  call.on("end", () => subscriber.complete());
  return () => call.cancel();
});
