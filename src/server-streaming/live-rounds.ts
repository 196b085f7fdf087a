import { status } from "@grpc/grpc-js";
import { defer, finalize, map, merge, type Observable, share } from "rxjs";
import { aborted, StatusError } from "../bridge/index.js";
import type { Measurement, Metrics } from "./metrics.js";

/** How often Watch measures, in milliseconds. The contract says so. */
export const roundMs = 100;

/** One round of the server, which all watchers see. */
export interface Round extends Measurement {
  /** 1 for the first one in the life of the server. */
  readonly sequence: number;
}

/**
 * The live rounds of a server: one sampler, however many watch. It starts with the first subscriber and stops with the
 * last; the numbers go on where they were. It fails with UNAVAILABLE when the server is stopping.
 *
 * @param ticks when to measure
 */
export function liveRounds(metrics: Metrics, ticks: Observable<unknown>, draining: AbortSignal): Observable<Round> {
  let sequence = 0;
  const measured = defer(() => {
    const stop = metrics.start();
    return ticks.pipe(
      map(() => {
        sequence += 1;
        return { sequence, ...metrics.measure() };
      }),
      finalize(stop),
    );
  });
  const stopping = aborted(draining).pipe(
    map((): never => {
      throw new StatusError(status.UNAVAILABLE, "the server is stopping: connect again, and watch again");
    }),
  );
  return merge(stopping, measured).pipe(share());
}
