import { Observable } from "rxjs";
import type { Reading, StationClient, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** The readings of a station: each subscription makes a call, and unsubscribing cancels it. */
export function watch$(client: StationClient, request: WatchRequest): Observable<Reading> {
  // #region yours
  //> const call = client.watch(request);
  //> return new Observable<Reading>((subscriber) => {
  //>   call.on("data", (reading: Reading) => subscriber.next(reading));
  //>   call.on("end", () => subscriber.complete());
  //> });
  return new Observable<Reading>((subscriber) => {
    const call = client.watch(request);
    call.on("data", (reading: Reading) => subscriber.next(reading));
    call.on("error", (error) => subscriber.error(error));
    call.on("end", () => subscriber.complete());
    // This may be the turn that made the call, and a cancel in that turn is lost. So cancel one tick later.
    return () => process.nextTick(() => call.cancel());
  });
  // #endregion
}
