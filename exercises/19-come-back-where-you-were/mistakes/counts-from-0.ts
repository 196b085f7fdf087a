// gets: miscounts
return rx.defer(() => {
  let last = 0;
  return rx.defer(() => watch(last)).pipe(
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.retry({
      delay(error: ServiceError, attempt) {
        if (error.code !== status.UNAVAILABLE) throw error;
        return wait(attempt - 1);
      },
      resetOnSuccess: true,
    }),
  );
});
