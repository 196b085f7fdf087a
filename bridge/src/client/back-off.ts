import { longestTimerMs } from "../stream/send/overflow.js";

/** How long to wait before the next attempt. The terms are those of gRPC's own back-offs. */
export interface BackOff {
  /** The most milliseconds that the first wait lasts; 200 by default. */
  readonly initialMs?: number | undefined;
  /** The factor by which the bound grows with each further failure; 2 by default. */
  readonly multiplier?: number | undefined;
  /** The most milliseconds that any wait lasts; 30,000 by default. */
  readonly maxMs?: number | undefined;
}

/** The waits of one series of attempts. */
export interface Waits {
  readonly maxMs: number;
  /** How many milliseconds to wait after one more failure. */
  next(): number;
  /** An attempt went well: the next failure is a first one again. */
  reset(): void;
}

/** @throws RangeError if `value` is not a number of milliseconds from 0 to 2^31 - 1, which is 24.8 days */
export function checkMilliseconds(name: string, value: number): void {
  if (!(value >= 0 && value <= longestTimerMs))
    throw new RangeError(`${name} must be from 0 to ${longestTimerMs} milliseconds`);
}

/**
 * Exponential back-off with full jitter: each wait is random, between zero and a bound that grows. So
 * a server that comes back meets its clients spread over the whole bound. With a smaller jitter they come in waves.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @throws RangeError for times that no timer holds, and for a multiplier below 1
 */
export function fullJitter(
  { initialMs = 200, multiplier = 2, maxMs = 30_000 }: BackOff = {},
  random: () => number = Math.random,
): Waits {
  checkMilliseconds("initialMs", initialMs);
  checkMilliseconds("maxMs", maxMs);
  if (!(multiplier >= 1)) throw new RangeError("the multiplier must be at least 1");
  const first = Math.min(initialMs, maxMs);
  let bound = first;
  return {
    maxMs,
    next() {
      const wait = random() * bound;
      bound = Math.min(bound * multiplier, maxMs);
      return wait;
    },
    reset() {
      bound = first;
    },
  };
}
