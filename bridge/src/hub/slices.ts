/** This many steps are made in the turn in which they come up, whatever the clock says: small work is never put off. */
const alwaysInTurn = 512;
/** The clock is read once per this many steps. */
const stepsPerReading = 16;
/** The length of a slice in milliseconds. */
const sliceMs = 2;

/**
 * Work that is done at once if it is little, and in slices if it is much: after each slice comes a `setImmediate`, so
 * that the event loop can run. While nothing is left to do, nothing is scheduled.
 *
 * Time is counted over several calls of {@link run}: a loop that makes a little work a thousand times in one turn would
 * hold the event loop as one big piece of work does. The time in which other code ran is added back.
 */
export class Slices {
  readonly #work: () => boolean;
  /** Milliseconds that may still be spent; below 0 after a step that took long. */
  #left = sliceMs;
  #until = 0;
  #stoppedAt = 0;
  #busy = false;
  #steps = 0;
  #over = false;
  #pending: NodeJS.Immediate | undefined;

  /** @param work does what there is to do, until it is done or {@link over}; returns whether something is left */
  constructor(work: () => boolean) {
    this.#work = work;
  }

  /** Whether the work must make no step now. */
  get over(): boolean {
    return this.#over;
  }

  /** One step of the work has been made. */
  step(): void {
    this.#steps += 1;
    if (this.#steps > 0 && this.#steps % stepsPerReading === 0) this.#over = performance.now() >= this.#until;
  }

  /** There is something to do. Inside the work, and inside {@link hold}, it is done afterwards. */
  run(): void {
    if (this.#busy || this.#pending) return;
    const now = performance.now();
    this.#left = Math.min(sliceMs, this.#left + now - this.#stoppedAt);
    this.#slice(now, alwaysInTurn);
  }

  /** Calls `make`, and after it has returned does the work that it made. */
  hold<R>(make: () => R): R {
    if (this.#busy) return make();
    this.#busy = true;
    try {
      return make();
    } finally {
      this.#busy = false;
      this.run();
    }
  }

  /** There is nothing to do any more. */
  cancel(): void {
    clearImmediate(this.#pending);
    this.#pending = undefined;
  }

  #slice(now: number, steps: number): void {
    this.#busy = true;
    this.#over = false;
    this.#steps = -steps;
    this.#until = now + this.#left;
    let more = false;
    try {
      more = this.#work();
    } finally {
      this.#busy = false;
      this.#stoppedAt = performance.now();
      this.#left = this.#until - this.#stoppedAt;
    }
    if (more) this.#pending = setImmediate(() => this.#next());
  }

  #next(): void {
    this.#pending = undefined;
    this.#left = sliceMs;
    this.#slice(performance.now(), 0);
  }
}
