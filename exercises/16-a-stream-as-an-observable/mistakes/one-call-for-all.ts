// gets: shared-call
let call: ReturnType<typeof client.watch> | undefined;
return new Observable<Reading>((subscriber) => {
  call ??= client.watch(request);
  call.on("data", (reading: Reading) => subscriber.next(reading));
  call.on("error", (error) => subscriber.error(error));
  call.on("end", () => subscriber.complete());
  return () => call?.cancel();
});
