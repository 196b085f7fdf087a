import { defer, fromEvent, map, type Observable, of, take } from "rxjs";

/** Emits the signal's reason once, when it aborts, or at once if it has: an `abort` event that is over does not come again. */
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
