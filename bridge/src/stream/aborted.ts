import { defer, fromEvent, map, type Observable, of, take } from "rxjs";

/**
 * Emits the signal's reason once and completes when the signal aborts, or at once if it has aborted: a past `abort`
 * event does not come again. It emits nothing for a signal that never aborts, and fails
 * only if the signal of a polyfill refuses its listener. Each subscription adds a
 * listener to the signal: use `share()` if there are many.
 */
export function aborted(signal: AbortSignal): Observable<unknown> {
  return defer(() =>
    signal.aborted
      ? of(signal.reason)
      : fromEvent(signal, "abort").pipe(
          take(1),
          map(() => signal.reason),
        ),
  );
}
