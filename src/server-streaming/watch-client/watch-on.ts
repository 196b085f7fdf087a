import { status } from "@grpc/grpc-js";
import { type BackOff, CallError, type Caller, type Retry, resuming } from "quartet-bridge";
import type { Observable } from "rxjs";
import type { Cursor, VitalsService, WatchRequest, WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

/** The options of {@link watchOn}. */
export interface WatchOnOptions {
  /** Called before each wait for another attempt. An error that it throws ends the stream. */
  readonly onRetry?: (retry: Retry<Cursor>) => void;
  /** The server does not remember the position: the next round comes after a gap. */
  readonly onGap?: (error: CallError) => void;
  /** After this much silence the connection counts as dead, in milliseconds; by default 5 s, or twice the interval. */
  readonly idleMs?: number;
  readonly backoff?: BackOff;
}

/**
 * Endless rounds, through lost connections and restarts of the server. No round comes twice. Rounds that were left out
 * are counted in `replaced`. If the server has forgotten the position, `onGap` says so.
 */
export function watchOn(
  { watch }: Caller<typeof VitalsService>,
  wishes: Pick<WatchRequest, "metrics" | "intervalMs">,
  options: WatchOnOptions = {},
): Observable<WatchResponse> {
  const { onRetry, onGap, idleMs = Math.max(5_000, 2 * wishes.intervalMs), backoff = { maxMs: 2_000 } } = options;
  return resuming((resumeAfter?: Cursor) => watch.observe({ ...wishes, resumeAfter }), {
    cursor: ({ cursor }) => cursor,
    idleMs,
    backoff,
    // A server that is stopped by force looks like CANCELLED (fact 18). After an unsubscribe no attempt follows.
    retryable: (error) => error instanceof CallError && [status.UNAVAILABLE, status.CANCELLED].includes(error.code),
    onRetry,
    // The server has restarted, or has measured more than 600 rounds since. The next attempt begins without a position.
    onGap: (error) => void onGap?.(error),
  });
}
