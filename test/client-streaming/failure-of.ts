/** The error with which `promise` rejects. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("the promise was fulfilled where the test expects it to reject");
    },
    (error: unknown) => error,
  );
}
