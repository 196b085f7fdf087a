/**
 * Passes the rounds of a replay on, as long as they are 1, 2, 3 up to `count`.
 *
 * @throws Error at the first that is not
 */
export async function* inOrder<T extends { sequence: number }>(rounds: AsyncIterable<T>, count: number) {
  let last = 0;
  for await (const round of rounds) {
    if (round.sequence !== last + 1) throw new Error(`round ${round.sequence} came after round ${last}`);
    last = round.sequence;
    yield round;
  }
  if (last !== count) throw new Error(`the replay ended OK after ${last} of ${count} rounds`);
}
