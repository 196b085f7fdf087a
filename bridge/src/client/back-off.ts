import { longestTimerMs } from "../stream/overflow.js";

/** How long to wait before an attempt is repeated. The terms are those of gRPC's own back-offs. */
export interface BackOff {
  /** Milliseconds that the first wait lasts at most; 200 unless told. */
  readonly initialMs?: number | undefined;
  /** By how much the bound grows with each further failure; 2 unless told. */
  readonly multiplier?: number | undefined;
  /** Milliseconds that any wait lasts at most; 30,000 unless told. */
  readonly maxMs?: number | undefined;
}

/** The waits of one series of attempts. */
export interface Waits {
  readonly maxMs: number;
  /** Milliseconds to wait after one more failure. */
  next(): number;
  /** An attempt has gone well: the next failure is a first one again. */
  reset(): void;
}

/** @throws RangeError for what is no number of milliseconds from 0 to 2^31 - 1, which is 24.8 days. */
export function checkMilliseconds(name: string, value: number): void {
  if (!(value >= 0 && value <= longestTimerMs))
    throw new RangeError(`${name} is to be from 0 to ${longestTimerMs} milliseconds`);
}

/**
 * Exponential back-off with full jitter: each wait is a random part, from nothing to all, of a bound that grows. A
 * server that comes back meets its clients spread over the whole bound; with a smaller jitter they come in waves.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @throws RangeError for times that no timer holds, and a multiplier below 1.
 */
export function fullJitter({ initialMs = 200, multiplier = 2, maxMs = 30_000 }: BackOff, random: () => number): Waits {
  checkMilliseconds("initialMs", initialMs);
  checkMilliseconds("maxMs", maxMs);
  if (!(multiplier >= 1)) throw new RangeError("the multiplier is to be at least 1");
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
