/** This many steps run in the turn in which they are due, whatever the clock says: small work is never delayed. */
const stepsInAnyCase = 512;
/** The clock is read once per this many steps. */
const stepsPerReading = 16;
/** The length of a slice in milliseconds. */
const sliceMs = 2;

/**
 * How long work may hold the event loop. Time is counted over several starts: a loop that makes a little work a
 * thousand times in one turn would hold the event loop as one big piece of work does. The time in which other code ran
 * is added back.
 */
export class TimeBudget {
  /** Milliseconds that may still be spent; below 0 after a step that took long. */
  #left = sliceMs;
  #until = 0;
  #stoppedAt = 0;
  #steps = 0;
  #spent = false;

  /** Whether the work must make no further step now. */
  get spent(): boolean {
    return this.#spent;
  }

  /** The work starts in the turn in which it came up, with the time that is left. */
  start(): void {
    const now = performance.now();
    this.#begin(now, Math.min(sliceMs, this.#left + now - this.#stoppedAt), stepsInAnyCase);
  }

  /** The work continues in a later turn of the event loop, with the time of a whole slice. */
  renew(): void {
    this.#begin(performance.now(), sliceMs, 0);
  }

  /** One step is about to be made. */
  step(): void {
    this.#steps += 1;
    if (this.#steps > 0 && this.#steps % stepsPerReading === 0) this.#spent = performance.now() >= this.#until;
  }

  /** The work has stopped, because nothing is left to do or the budget is spent. */
  stop(): void {
    this.#stoppedAt = performance.now();
    this.#left = this.#until - this.#stoppedAt;
  }

  #begin(now: number, left: number, free: number): void {
    this.#until = now + left;
    this.#steps = -free;
    this.#spent = false;
  }
}
