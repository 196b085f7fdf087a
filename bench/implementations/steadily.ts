import { createHistogram } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";

/**
 * Calls `step` `count` times at a steady rate. `step` gets the moment at which it was due, which may have passed: a
 * load that waited for a slow server would hide how long other callers had to wait.
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
      // A busy loop, because a timer fires up to a millisecond late, which is more than the latencies to measure.
      await turn();
    }
  }
}

export interface Latencies {
  /** Records a step that was due at `due` and is complete now. */
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
