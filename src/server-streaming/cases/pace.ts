import { setTimeout } from "node:timers/promises";

/** A round as its reader knows it. */
export interface ReadRound {
  /** When the server measured it, in milliseconds by the server's clock. */
  readonly measuredMs: number;
  /** When it was read, in milliseconds by the client's clock. */
  readonly readMs: number;
}

/** A time in which the reader read nothing. */
export interface Stop {
  /** The round after which it stopped. */
  readonly round: number;
  readonly ms: number;
  /** When it went on, by the client's clock. */
  readonly endMs: number;
}

/** What the server did while the reader stopped. */
export interface Lead {
  /** The last round that it measured before the reader went on. */
  readonly reached: number;
  /** How long it measured nothing then; 0 where there was nothing left to measure. */
  readonly waitedMs: number;
}

/** Reads nothing for `ms`. */
export async function stopFor(ms: number, round: number, signal: AbortSignal): Promise<Stop> {
  const beganMs = performance.now();
  await setTimeout(ms, undefined, { signal });
  const endMs = performance.now();
  return { round, ms: endMs - beganMs, endMs };
}

/**
 * What the server did in a stop, from what the reader has seen by the end of the replay.
 *
 * The two clocks need not agree: the round that was on the way for the shortest time says how far they are apart, to the
 * millisecond that `measured_at` is exact to.
 */
export function leadIn(stop: Stop, rounds: readonly ReadRound[]): Lead {
  const apart = Math.min(...rounds.map(({ measuredMs, readMs }) => readMs - measuredMs));
  const reached = rounds.filter(({ measuredMs }) => measuredMs < stop.endMs - apart - 1).length;
  const [last, next] = [rounds[reached - 1], rounds[reached]];
  return { reached, waitedMs: last && next ? next.measuredMs - last.measuredMs : 0 };
}
