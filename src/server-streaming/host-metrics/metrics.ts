import { cpus, freemem, loadavg, totalmem } from "node:os";
import { Metric, type Reading } from "#gen/quartet/vitals/v1/vitals.js";

/** The readings of one moment, one per metric, in the order of the metrics' numbers. */
export interface Measurement {
  readonly measuredAt: Date;
  readonly readings: Reading[];
}

/** A source of readings. */
export interface Metrics {
  /** Begins to measure, until you call the returned function. While no caller measures, nothing runs. */
  start(): () => void;
  /** Returns the readings of this moment. Call it only after {@link start}. */
  measure(): Measurement;
}

/**
 * The shortest time over which shares of processor time are computed. The kernel counts in steps of 10 ms, so in less
 * time a share would be 0 or 1.
 */
const shortestSpanMs = 50;

/** How often a timer checks whether the event loop is late. */
const tickMs = 10;

/** The vital signs of this host and this process, read with Node alone. */
export class HostMetrics implements Metrics {
  #measuring = 0;
  #cpuTimes: CpuTimes = { busy: 0, total: 0 };
  #spanBegan = Number.NEGATIVE_INFINITY;
  #cpu = 0;
  #timer: NodeJS.Timeout | undefined;
  #nextTickAt = 0;
  /** The worst lateness of a tick in this span, in milliseconds. */
  #worst = 0;
  #delay = 0;
  #latest: Measurement | undefined;

  start(): () => void {
    this.#measuring += 1;
    if (this.#measuring === 1) {
      this.#nextTickAt = performance.now() + tickMs;
      this.#worst = 0;
      // Without `unref` the timer alone would keep the process alive.
      this.#timer = setInterval(() => this.#tick(), tickMs).unref();
      // The first readings must not include the time in which no caller measured.
      this.#endSpan();
    }
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      this.#measuring -= 1;
      if (this.#measuring === 0) clearInterval(this.#timer);
    };
  }

  /**
   * Reading the host costs about 100 microseconds, and a message on the wire 10. So the host is read once per
   * millisecond, the resolution of `measuredAt`, and Replay can send 100,000 messages per second.
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
    // This code may run before a tick that is already late. Its delay counts in this span.
    if (now > this.#nextTickAt) this.#tick();
    this.#delay = this.#worst;
    this.#worst = 0;
  }

  #tick(): void {
    const now = performance.now();
    this.#worst = Math.max(this.#worst, now - this.#nextTickAt);
    this.#nextTickAt = now + tickMs;
  }
}

/** The time that all processors together have spent since the host started, in milliseconds. */
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

/** From 0 to 1; undefined if no time was counted, because some systems hide their processors. */
function busyShare(before: CpuTimes, after: CpuTimes): number | undefined {
  const total = after.total - before.total;
  // The kernel's counters can step back a little, and a share must not be negative.
  return total > 0 ? Math.min(1, Math.max(0, (after.busy - before.busy) / total)) : undefined;
}
