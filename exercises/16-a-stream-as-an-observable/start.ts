import { Observable } from "rxjs";
import type { Reading, StationClient, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** The readings of a station, for who subscribes: each subscription is a call, and to unsubscribe hangs up. */
export function watch$(client: StationClient, request: WatchRequest): Observable<Reading> {
  // ─── yours, from here …
  const call = client.watch(request);
  return new Observable<Reading>((subscriber) => {
    call.on("data", (reading: Reading) => subscriber.next(reading));
    call.on("end", () => subscriber.complete());
  });
  // ─── … to here
}
