/** A token bucket: how often something may happen. */
export class Rate {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /**
   * @param seconds for how long unused tokens are saved
   * @param now a clock in milliseconds
   */
  constructor(perSecond: number, seconds: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#most = perSecond * seconds;
    this.#now = now;
    this.#left = this.#most;
    this.#at = now();
  }

  /** Takes a token. Returns false if there is none. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
