import { status } from "@grpc/grpc-js";
import { aborted, encoder, type Outgoing, StatusError } from "quartet-bridge";
import { Hub } from "quartet-bridge/hub";
import { defer, finalize, ignoreElements, merge, type Observable, share, tap } from "rxjs";
import { type Cursor, VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import type { Metrics } from "./host-metrics/metrics.js";

/** How often Watch measures, in milliseconds, as the contract says. */
export const roundMs = 100;

/** How many rounds a server remembers: those of one minute. */
export const rememberedRounds = 600;

/**
 * The live readings of a server. One sampler measures a round, which is one reading of each metric, every 100 ms. Each
 * round is serialized once, however many watchers there are. The sampler starts with the first watcher and stops with
 * the last.
 *
 * @param ticks when to measure
 * @param draining aborts when the server begins to stop; each watcher then gets UNAVAILABLE
 * @returns a function that gives the rounds after a position, or from now on; OUT_OF_RANGE if the position is not
 *   remembered
 */
export function liveRounds(metrics: Metrics, ticks: Observable<unknown>, draining: AbortSignal) {
  const hub = new Hub<WatchResponse>({ encode: encoder(VitalsService.watch), replay: rememberedRounds });
  const stopping = new StatusError(status.UNAVAILABLE, "the server is stopping: connect again, and watch again");
  aborted(draining).subscribe(() => hub.complete(stopping));
  const sampler = defer(() => {
    const stop = metrics.start();
    return ticks.pipe(
      tap(() => hub.publish({ cursor: hub.nextPosition, ...metrics.measure(), replaced: 0 })),
      finalize(stop),
    );
  }).pipe(ignoreElements(), share());

  // A watcher gets the rounds of the hub. Its subscription keeps the sampler running.
  return (position?: Cursor): Observable<Outgoing<WatchResponse>> => merge(hub.join({ after: position }), sampler);
}
