// gets: does-not-wait
return rx.defer(() => {
  let last = 0;
  return rx.defer(() => watch(last)).pipe(
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.retry({
      delay(error: ServiceError, attempt) {
        if (error.code !== status.UNAVAILABLE) throw error;
        void wait(attempt);
        return rx.of(true);
      },
      resetOnSuccess: true,
    }),
  );
});
