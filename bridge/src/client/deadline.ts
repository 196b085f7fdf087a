import { longestTimerMs } from "../stream/longest-timer.js";

/**
 * The moment, in milliseconds since 1970, until which a call that begins now may last: the earlier of the two, if both
 * are given. One that is more than 24.8 days away is as good as none, and cannot be sent: a grpc-js server reads it as one that has passed.
 *
 * @throws RangeError for NaN and an invalid Date, which would end the process in a promise of grpc-js that nobody
 * holds.
 */
export function deadlineFrom(deadline: Date | undefined, timeoutMs: number | undefined): number | undefined {
  const now = Date.now();
  const left = Math.min(
    deadline === undefined ? Number.POSITIVE_INFINITY : deadline.getTime() - now,
    timeoutMs ?? Number.POSITIVE_INFINITY,
  );
  if (Number.isNaN(left)) throw new RangeError("the deadline of the call is not a moment");
  return left > longestTimerMs ? undefined : Math.max(now + left, 0);
}
