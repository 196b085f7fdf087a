import { status } from "@grpc/grpc-js";
import { type BackOff, CallError, type Caller, type Retry, resuming } from "quartet-bridge";
import type { Observable } from "rxjs";
import type { Cursor, VitalsService, WatchRequest, WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

/** What a watcher may want to know beside the rounds. */
export interface WatchOnOptions {
  /** An attempt has failed, and another one follows, unless this throws. */
  readonly onRetry?: (retry: Retry<Cursor>) => void;
  /** The server does not remember where we were: what comes now follows after a gap. */
  readonly onGap?: (error: CallError) => void;
  /** After how much silence the connection counts as dead, in milliseconds; 5 s, or twice the interval, unless told. */
  readonly idleMs?: number;
  readonly backoff?: BackOff;
}

/**
 * Rounds without end, through lost connections and restarts of the server. No round comes twice. Those in between are
 * counted in `replaced`, or, where the server does not know them any more, `onGap` says so.
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
    // The server has restarted, or the position is more than a minute old: continue with what it has.
    onGap: (error) => void onGap?.(error),
  });
}
