// gets: asks-again
return rx.defer(() => {
  let last = 0;
  return rx.defer(() => watch(last)).pipe(
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.retry({
      delay(error: ServiceError, attempt) {
        if (error.code === status.INVALID_ARGUMENT) throw error;
        return wait(attempt);
      },
      resetOnSuccess: true,
    }),
  );
});
