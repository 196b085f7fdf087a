import { createHistogram } from "node:perf_hooks";

/**
 * Calls `step` `count` times at a steady rate and gives it the moment in which the step was due, which may be past: a
 * load that waits for a slow server would hide how long others had to wait behind it.
 */
export function steadily(
  count: number,
  perSecond: number,
  step: (sequence: number, due: number) => void,
): Promise<void> {
  const began = performance.now();
  const everyMs = 1000 / perSecond;
  let sequence = 0;
  return new Promise((resolve, reject) => {
    // The loop turns without a pause: a timer comes up to a millisecond late, which is more than is to be measured.
    const turn = () => {
      try {
        for (; sequence < count; sequence += 1) {
          const due = began + sequence * everyMs;
          if (due > performance.now()) break;
          step(sequence, due);
        }
      } catch (error) {
        reject(error);
        return;
      }
      if (sequence < count) setImmediate(turn);
      else resolve();
    };
    turn();
  });
}

/** The latencies of one run. */
export interface Latencies {
  /** What was due then has come about now. */
  record(due: number): void;
  /** In milliseconds. */
  read(): { readonly p50: number; readonly p99: number };
}

export function latencies(): Latencies {
  const nanoseconds = createHistogram();
  return {
    record: (due) => nanoseconds.record(Math.max(1, Math.round((performance.now() - due) * 1e6))),
    read: () => ({ p50: nanoseconds.percentile(50) / 1e6, p99: nanoseconds.percentile(99) / 1e6 }),
  };
}
