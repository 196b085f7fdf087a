import { BrokenPromise } from "./broken-promise.js";

/** After so many milliseconds without an answer, silence is a failure. It is no measure of speed. */
const patienceMs = 60_000;

/**
 * Settles as `promise` does, or rejects when `signal` aborts, with its reason, or when nothing has come for a minute.
 *
 * @param what is waited for, for the line that says that it did not come
 */
export function inTime<T>(promise: Promise<T>, signal: AbortSignal, what: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    const watchdog = setTimeout(
      () => reject(new BrokenPromise(`for a minute nothing was heard of ${what()}`)),
      patienceMs,
    );
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    promise.then(resolve, reject).finally(() => {
      clearTimeout(watchdog);
      signal.removeEventListener("abort", giveUp);
    });
  });
}
