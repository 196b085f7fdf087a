// gets: no-word
return rx.defer(() => {
  let last = 0;
  return rx.defer(() => watch(last)).pipe(
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.retry({
      delay: (error: ServiceError, attempt) => (error.code === status.UNAVAILABLE ? wait(attempt) : rx.EMPTY),
      resetOnSuccess: true,
    }),
  );
});
