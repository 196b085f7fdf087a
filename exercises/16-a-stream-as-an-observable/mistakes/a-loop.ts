// gets: destroyed
return new Observable<Reading>((subscriber) => {
  void (async () => {
    try {
      for await (const reading of client.watch(request)) {
        subscriber.next(reading as Reading);
        if (subscriber.closed) return;
      }
      subscriber.complete();
    } catch (error) {
      subscriber.error(error);
    }
  })();
});
