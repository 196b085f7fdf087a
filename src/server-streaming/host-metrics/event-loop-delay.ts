import { createHistogram } from "node:perf_hooks";

/** How often the loop is asked. A tick costs microseconds; a delay shorter than this is seen only in part. */
const tickMs = 10;
const nanosecondsPerMs = 1e6;

/**
 * How late this process's event loop runs its timers: what every other callback waits, too.
 *
 * Not `monitorEventLoopDelay` of node:perf_hooks, which is the same idea in C++: its `reset` also forgets when it
 * ticked last, so that of every span that it is asked for the first ticks are missing, and with them any delay that
 * they met.
 */
export class EventLoopDelay {
  readonly #lateness = createHistogram();
  #lastTick = 0;
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#lastTick = performance.now();
    // Without `unref` a measurement alone would keep the process alive.
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#lateness.reset();
  }

  /** The 99th percentile since the last `take`, in milliseconds; of few ticks that is the worst of them. */
  take(): number {
    // What asks may run before a tick that is long due: the delay that the tick is going to find is already there.
    if (performance.now() - this.#lastTick > tickMs) this.#tick();
    const worst = this.#lateness.count === 0 ? 0 : this.#lateness.percentile(99) / nanosecondsPerMs;
    this.#lateness.reset();
    return worst;
  }

  #tick(): void {
    const now = performance.now();
    const late = Math.max(0, now - this.#lastTick - tickMs);
    this.#lastTick = now;
    // A histogram holds whole numbers from 1 on.
    this.#lateness.record(Math.max(1, Math.round(late * nanosecondsPerMs)));
  }
}
