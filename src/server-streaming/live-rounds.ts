import { status } from "@grpc/grpc-js";
import { defer, finalize, ignoreElements, merge, type Observable, share, tap } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { aborted, encoder, Hub, StatusError } from "../bridge/index.js";
import type { Metrics } from "./metrics.js";

/** How often Watch measures, in milliseconds. The contract says so. */
export const roundMs = 100;

/**
 * Every round of a server with all its metrics, serialised once: one sampler, however many watch. It starts with the
 * first subscriber and stops with the last; the numbers, which are the hub's, go on where they were. It fails with
 * UNAVAILABLE when the server is stopping.
 *
 * @param ticks when to measure
 */
export function liveRounds(metrics: Metrics, ticks: Observable<unknown>, draining: AbortSignal, epoch: string) {
  const hub = new Hub<WatchResponse>({ encode: encoder(VitalsService.watch) });
  const stopping = new StatusError(status.UNAVAILABLE, "the server is stopping: connect again, and watch again");
  aborted(draining).subscribe(() => hub.complete(stopping));
  const sampler = defer(() => {
    const stop = metrics.start();
    return ticks.pipe(
      tap(() => hub.publish({ cursor: { epoch, sequence: hub.newest + 1 }, ...metrics.measure(), replaced: 0 })),
      finalize(stop),
    );
  }).pipe(ignoreElements(), share());
  // Each watcher keeps the sampler running, and hears the hub.
  return merge(hub.join(), sampler);
}
