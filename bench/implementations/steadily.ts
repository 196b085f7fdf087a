import { createHistogram } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";

/**
 * Calls `step` `count` times at a steady rate and gives it the moment in which the step was due, which may be past: a
 * load that waits for a slow server would hide how long others had to wait behind it.
 */
export async function steadily(
  count: number,
  perSecond: number,
  step: (sequence: number, due: number) => void,
): Promise<void> {
  const began = performance.now();
  for (let sequence = 0; sequence < count; ) {
    const due = began + (sequence * 1000) / perSecond;
    if (due <= performance.now()) {
      step(sequence, due);
      sequence += 1;
    } else {
      // The loop turns without a pause: a timer comes up to a millisecond late, which is more than is to be measured.
      await turn();
    }
  }
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
