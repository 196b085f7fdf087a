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
  // #region yours
  //> // When a call is lost, make it again.
  //> return watch(0).pipe(rx.retry());
  // Here, and not outside: each subscription has a place of its own.
  return rx.defer(() => {
    let last = 0;
    // A new call is asked for each time, and so it knows how far the one before has come.
    return rx
      .defer(() => watch(last))
      .pipe(
        rx.tap(({ sequence }) => {
          last = sequence;
        }),
        rx.retry({
          delay(error: ServiceError, attempt) {
            if (error.code !== status.UNAVAILABLE) throw error;
            return wait(attempt);
          },
          // A reading has come: what fails next is the first failure again.
          resetOnSuccess: true,
        }),
      );
  });
  // #endregion
}
