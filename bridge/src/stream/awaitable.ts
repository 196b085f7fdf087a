/** A value, or a promise of it: anything with a `then` is awaited. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Not `instanceof`: database queries have a `then` too, and a test runner may pass a promise of another realm. */
export function isPromiseLike<T>(given: Awaitable<T>): given is PromiseLike<T> {
  return typeof (given as Partial<PromiseLike<T>> | null | undefined)?.then === "function";
}
