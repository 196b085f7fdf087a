// gets: thrown-away
return rx.defer(() => {
  let last = 0;
  return watch(0).pipe(
    rx.filter(({ sequence }) => sequence > last),
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.retry({
      delay(error: ServiceError, attempt) {
        if (error.code !== status.UNAVAILABLE) throw error;
        return wait(attempt);
      },
    }),
  );
});
