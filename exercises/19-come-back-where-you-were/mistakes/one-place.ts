// gets: one-place-for-all
let last = 0;
return rx.defer(() => watch(last)).pipe(
  rx.tap(({ sequence }) => {
    last = sequence;
  }),
  rx.retry({
    delay(error: ServiceError, attempt) {
      if (error.code !== status.UNAVAILABLE) throw error;
      return wait(attempt);
    },
    resetOnSuccess: true,
  }),
);
