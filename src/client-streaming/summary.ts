/**
 * Count, minimum, maximum, mean and standard deviation of numbers that are seen once and not kept.
 *
 * The textbook formula subtracts two large sums and loses every digit when large numbers differ little: for numbers
 * around 10,000,000 that differ by a tenth it finds a variance of -2. This is Welford's method, which updates the mean
 * and squares the distance from it.
 * @see B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 4 (1962)
 */
export class Summary {
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #mean = 0;
  /**
   * What the rounding of `#mean` has cut off. In the example above it gives 15 correct digits of the deviation instead
   * of 12.
   */
  #meanRest = 0;
  /** The sample variance, because the sum of the squares would overflow with many numbers. */
  #variance = 0;

  /** Adds a finite number. */
  add(value: number): void {
    this.#count += 1;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);

    const count = this.#count;
    const distance = value - this.#mean - this.#meanRest;
    if (count > 1) this.#variance = ((count - 2) / (count - 1)) * this.#variance + (distance * distance) / count;
    // A double cannot hold the distance from 1e308 to -1e308, but it can hold their shares of the mean.
    this.#moveMean(Number.isFinite(distance) ? distance / count : value / count - this.#mean / count);
  }

  /** Adds without loss: what the sum cannot hold goes to the rest (D. E. Knuth's TwoSum). */
  #moveMean(step: number): void {
    const mean = this.#mean;
    const moved = mean + step;
    const added = moved - mean;
    this.#meanRest += mean - (moved - added) + (step - added);
    this.#mean = moved;
  }

  /** How many numbers there were. */
  get count(): number {
    return this.#count;
  }

  /** The smallest number; undefined if there was none. */
  get min(): number | undefined {
    return this.#count > 0 ? this.#min : undefined;
  }

  /** The largest number; undefined if there was none. */
  get max(): number | undefined {
    return this.#count > 0 ? this.#max : undefined;
  }

  /** The arithmetic mean; undefined if there was no number. */
  get mean(): number | undefined {
    return this.#count > 0 ? this.#mean + this.#meanRest : undefined;
  }

  /**
   * The sample standard deviation, which divides by `count - 1`; undefined for fewer than two numbers. Infinite if a
   * distance is above about 1e154, because a double cannot hold its square, and 0 if all are below 1e-162.
   */
  get standardDeviation(): number | undefined {
    return this.#count > 1 ? Math.sqrt(this.#variance) : undefined;
  }
}
