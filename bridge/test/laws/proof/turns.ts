/** Counts the turns of the event loop: events with the same number happened in the same turn. */
export interface Turns {
  now(): number;
  stop(): void;
}

export function countTurns(): Turns {
  let turn = 0;
  let stopped = false;
  function count(): void {
    turn += 1;
    if (!stopped) setImmediate(count);
  }
  count();
  return {
    now: () => turn,
    stop() {
      stopped = true;
    },
  };
}
