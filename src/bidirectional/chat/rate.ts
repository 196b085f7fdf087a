/**
 * How often something may happen: so many times in a second, over some seconds. Who was silent for a while may say several
 * things at once. (A token bucket.)
 */
export class Rate {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /**
   * @param overSeconds what was not used for so long is saved up
   * @param now a clock in milliseconds
   */
  constructor(perSecond: number, overSeconds: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#most = perSecond * overSeconds;
    this.#now = now;
    this.#left = this.#most;
    this.#at = now();
  }

  /** Whether it may happen now; then it has. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
