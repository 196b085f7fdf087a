import { type ServiceError, status } from "@grpc/grpc-js";
import * as rx from "rxjs";
import type { Reading } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * A call of the station's `Watch` as an Observable, as in exercise 16: each subscription makes a call. It emits the
 * readings after number `resumeAfter`, 0 for all, and fails with the status of the call, which is a `ServiceError`.
 */
export type Watch = (resumeAfter: number) => rx.Observable<Reading>;

/** Waits before a retry. `attempt` is how many attempts failed in a row: 1, 2, 3 … The wait grows with it. */
export type Wait = (attempt: number) => Promise<void>;

/** The readings of a station, even if calls are lost: none is missing, and none comes twice. */
export function watchOn(watch: Watch, wait: Wait): rx.Observable<Reading> {
  // #region yours
  //> // When a call is lost, make it again.
  //> return watch(0).pipe(rx.retry());
  // The cursor is created inside, so that each subscription has its own.
  return rx.defer(() => {
    let last = 0;
    // `defer` reads the cursor for each call. Without it, each retry would begin with 0.
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
          // After a reading, the next failure is a first failure again.
          resetOnSuccess: true,
        }),
      );
  });
  // #endregion
}
