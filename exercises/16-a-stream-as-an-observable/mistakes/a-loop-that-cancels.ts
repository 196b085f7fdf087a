// gets: leaves-late
return new Observable<Reading>((subscriber) => {
  void (async () => {
    const call = client.watch(request);
    try {
      for await (const reading of call) {
        subscriber.next(reading as Reading);
        if (subscriber.closed) call.cancel();
      }
      subscriber.complete();
    } catch (error) {
      subscriber.error(error);
    }
  })();
});
