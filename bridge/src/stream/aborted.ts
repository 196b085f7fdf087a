import { defer, fromEvent, map, type Observable, of, take } from "rxjs";

/**
 * Emits the signal's reason once and completes, when it aborts, or at once if it has: an `abort` event that is over does
 * not come again. It never fails, and is silent for a signal that never aborts. One listener for each subscription:
 * `share()` it where they are many.
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
