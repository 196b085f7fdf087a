// gets: hammers
return rx.defer(() => {
  let last = 0;
  return rx.defer(() => watch(last)).pipe(
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.retry({
      delay(error: ServiceError) {
        if (error.code !== status.UNAVAILABLE) throw error;
        return rx.of(true);
      },
    }),
  );
});
