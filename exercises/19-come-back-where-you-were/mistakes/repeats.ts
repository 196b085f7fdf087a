// gets: never-ends
return rx.defer(() => {
  let last = 0;
  return rx.defer(() => watch(last)).pipe(
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.catchError((error: ServiceError) => {
      if (error.code !== status.UNAVAILABLE) throw error;
      return rx.EMPTY;
    }),
    rx.repeat({ delay: (attempt) => wait(attempt) }),
  );
});
