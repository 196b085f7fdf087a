import { type ServiceError, status } from "@grpc/grpc-js";
import * as rx from "rxjs";
import type { Reading } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * A call of the station's `Watch` as an Observable, as in exercise 16: each subscription makes a call. It gives the readings
 * after number `resumeAfter`, 0 for all, and fails with the status of the call, which is a `ServiceError`.
 */
export type Watch = (resumeAfter: number) => rx.Observable<Reading>;

/** Waits before a call is made again: longer with each attempt that failed in a row, of which this is number 1, 2, 3 … */
export type Wait = (attempt: number) => Promise<void>;

/** The readings of a station, through lost calls: none is missing, and none comes twice. */
export function watchOn(watch: Watch, wait: Wait): rx.Observable<Reading> {
  // ─── yours, from here …
  // When a call is lost, make it again.
  return watch(0).pipe(rx.retry());
  // ─── … to here
}
