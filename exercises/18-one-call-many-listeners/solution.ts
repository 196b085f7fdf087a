import * as rx from "rxjs";
import type { Reading, StationClient, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** A call as an Observable, as in exercise 16: subscribing makes a call, and unsubscribing cancels it. */
function watch(station: StationClient, request: WatchRequest): rx.Observable<Reading> {
  return new rx.Observable((listener) => {
    const call = station.watch(request);
    call.on("data", (reading: Reading) => listener.next(reading));
    call.on("error", (error) => listener.error(error));
    call.on("end", () => listener.complete());
    return () => process.nextTick(() => call.cancel());
  });
}

/** The readings of a station, for any number of listeners, by one call. */
export function readings(station: StationClient, request: WatchRequest): rx.Observable<Reading> {
  const call$ = watch(station, request);
  // #region yours
  //> // Every display in the control room subscribes to this.
  //> return call$;
  return call$.pipe(
    rx.share({
      // A late listener gets the newest reading at once. A new subject per call, so that it never has an old reading.
      connector: () => new rx.ReplaySubject<Reading>(1),
      // When the last listener leaves, the call is cancelled. The next listener makes a new call.
      resetOnRefCountZero: true,
    }),
  );
  // #endregion
}
