/** The longest time in which a server measured nothing. */
export interface Pause {
  /** The last round that it had measured by then. */
  readonly after: number;
  readonly ms: number;
}

/**
 * The server's longest pause between two rounds, from `first` to `last`.
 *
 * It compares the server's clock with itself alone: the client's may differ, and a round that comes late says nothing,
 * since it may have waited in a buffer.
 *
 * @param measuredMs when each round was measured, in milliseconds; that of round 1 first
 */
export function longestPause(measuredMs: readonly number[], first: number, last: number): Pause {
  let longest: Pause = { after: first, ms: 0 };
  for (let round = first; round < last; round += 1) {
    const ms = (measuredMs[round] ?? 0) - (measuredMs[round - 1] ?? 0);
    if (ms > longest.ms) longest = { after: round, ms };
  }
  return longest;
}
