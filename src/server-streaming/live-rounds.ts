import { status } from "@grpc/grpc-js";
import { aborted, encoder, type Outgoing, StatusError, statusWithDetails } from "quartet-bridge";
import { Hub, NotRemembered } from "quartet-bridge/hub";
import { catchError, defer, finalize, ignoreElements, merge, type Observable, share, tap } from "rxjs";
import { type Cursor, VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import type { Metrics } from "./host-metrics/metrics.js";

/** How often Watch measures, in milliseconds. The contract says so. */
export const roundMs = 100;

/** How many rounds a server remembers: a minute of them. */
export const rememberedRounds = 600;

/**
 * Every round of a server with all its metrics, serialised once: one sampler, however many watch. It starts with the
 * first subscriber and stops with the last; the numbers, which are the hub's, go on where they were. It fails with
 * UNAVAILABLE when the server is stopping.
 *
 * @param ticks when to measure
 * @returns the rounds after a position, or from now on; OUT_OF_RANGE for a position that is not remembered
 */
export function liveRounds(metrics: Metrics, ticks: Observable<unknown>, draining: AbortSignal, epoch: string) {
  const hub = new Hub<WatchResponse>({ encode: encoder(VitalsService.watch), replay: rememberedRounds });
  const stopping = new StatusError(status.UNAVAILABLE, "the server is stopping: connect again, and watch again");
  aborted(draining).subscribe(() => hub.complete(stopping));
  const sampler = defer(() => {
    const stop = metrics.start();
    return ticks.pipe(
      tap(() => hub.publish({ cursor: { epoch, sequence: hub.newest + 1 }, ...metrics.measure(), replaced: 0 })),
      finalize(stop),
    );
  }).pipe(ignoreElements(), share());

  return (position?: Cursor): Observable<Outgoing<WatchResponse>> => {
    if (position !== undefined && position.epoch !== epoch) throw notRemembered("EPOCH_ENDED");
    const heard = hub.join({ after: position?.sequence }).pipe(
      catchError((error: unknown) => {
        throw error instanceof NotRemembered ? notRemembered("POSITION_FORGOTTEN") : error;
      }),
    );
    // Each watcher keeps the sampler running, and hears the hub.
    return merge(heard, sampler);
  };

  function notRemembered(reason: "EPOCH_ENDED" | "POSITION_FORGOTTEN"): StatusError {
    const { newest } = hub;
    const oldest = Math.max(1, newest - rememberedRounds + 1);
    const details = "this position is not remembered: watch without resume_after, and say that there is a gap";
    const metadata = newest === 0 ? {} : { epoch, oldest: String(oldest), newest: String(newest) };
    return statusWithDetails(status.OUT_OF_RANGE, details, {
      errorInfo: { reason, domain: "quartet", metadata },
    });
  }
}
