// gets: asks-again
return rx.defer(() => {
  let last = 0;
  return rx.defer(() => watch(last)).pipe(
    rx.tap(({ sequence }) => {
      last = sequence;
    }),
    rx.retry({ delay: (_error, attempt) => wait(attempt), resetOnSuccess: true }),
  );
});
