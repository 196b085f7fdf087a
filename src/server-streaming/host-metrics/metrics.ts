import { cpus, freemem, loadavg, totalmem } from "node:os";
import { Metric, type Reading } from "#gen/quartet/vitals/v1/vitals.js";
import { EventLoopDelay } from "./event-loop-delay.js";

/** The readings of one moment, one per metric, in the order of the metrics' numbers. */
export interface Measurement {
  readonly measuredAt: Date;
  readonly readings: Reading[];
}

/** Where rounds come from. */
export interface Metrics {
  /** Begins to measure, until the returned function is called. While nobody measures, nothing runs. */
  start(): () => void;
  /** One round; only after {@link start}. */
  measure(): Measurement;
}

/**
 * A share of time needs time to be a share of. Less than this, and the kernel's clock, which counts the processors'
 * time in steps of 10 ms, would show as 0 or 1.
 */
const shortestSpanMs = 50;

/** The vital signs of this host and this process, read with Node alone. */
export class HostMetrics implements Metrics {
  readonly #eventLoop = new EventLoopDelay();
  #measuring = 0;
  #cpuTimes: CpuTimes = { busy: 0, total: 0 };
  #spanBegan = Number.NEGATIVE_INFINITY;
  #cpu = 0;
  #delay = 0;
  #latest: Measurement | undefined;

  start(): () => void {
    this.#measuring += 1;
    if (this.#measuring === 1) {
      this.#eventLoop.start();
      // The first round has a span behind it then, and not all the time in which nobody measured.
      this.#endSpan();
    }
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      this.#measuring -= 1;
      if (this.#measuring === 0) this.#eventLoop.stop();
    };
  }

  /**
   * A look at the host costs some 100 microseconds, a message on the wire 10. Within one millisecond, the resolution of
   * `measuredAt`, nothing is looked at twice: that is what lets Replay measure 100,000 rounds a second.
   */
  measure(): Measurement {
    const now = Date.now();
    if (this.#latest?.measuredAt.getTime() !== now) {
      this.#endSpan();
      this.#latest = {
        measuredAt: new Date(now),
        readings: [
          { metric: Metric.CPU, value: this.#cpu },
          { metric: Metric.MEMORY, value: 1 - freemem() / totalmem() },
          { metric: Metric.EVENT_LOOP_DELAY, value: this.#delay },
          { metric: Metric.LOAD, value: loadavg()[0] ?? 0 },
        ],
      };
    }
    return this.#latest;
  }

  #endSpan(): void {
    const now = performance.now();
    if (now - this.#spanBegan < shortestSpanMs) return;
    this.#spanBegan = now;
    const before = this.#cpuTimes;
    this.#cpuTimes = cpuTimes();
    this.#cpu = busyShare(before, this.#cpuTimes) ?? this.#cpu;
    this.#delay = this.#eventLoop.take();
  }
}

/** Time that all processors together have spent since the host started, in milliseconds. */
interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

function cpuTimes(): CpuTimes {
  let busy = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  return { busy, total: busy + idle };
}

/** From 0 to 1; undefined where no time was counted (some systems hide their processors). */
function busyShare(before: CpuTimes, after: CpuTimes): number | undefined {
  const total = after.total - before.total;
  // The kernel's counters can step back a little: without the bounds, a share could be negative.
  return total > 0 ? Math.min(1, Math.max(0, (after.busy - before.busy) / total)) : undefined;
}
