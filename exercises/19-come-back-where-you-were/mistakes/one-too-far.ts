// gets: a-gap
return rx.defer(() => {
  let next = 0;
  return rx.defer(() => watch(next)).pipe(
    rx.tap(({ sequence }) => {
      next = sequence + 1;
    }),
    rx.retry({
      delay(error: ServiceError, attempt) {
        if (error.code !== status.UNAVAILABLE) throw error;
        return wait(attempt);
      },
      resetOnSuccess: true,
    }),
  );
});
