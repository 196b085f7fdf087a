/**
 * Count, least, greatest, mean and standard deviation of numbers that are seen once and not kept.
 *
 * The textbook's formula, sum of the squares less square of the sum, loses every digit where large numbers differ
 * little: for 10,000,000 give or take a tenth it finds a variance of -2. This is Welford's method: each number moves
 * the mean, and its distance from the mean is what is squared.
 * @see B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 4 (1962)
 */
export class Summary {
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #mean = 0;
  /**
   * What the rounding of `#mean` has cut off so far: in the example above it makes 15 digits of the deviation out of
   * 12.
   */
  #meanRest = 0;
  /** The sample variance and not the sum of the squares: that would overflow where there are many numbers. */
  #variance = 0;

  /** Counts in one number, which must be finite. */
  add(value: number): void {
    this.#count += 1;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);

    const count = this.#count;
    const distance = value - this.#mean - this.#meanRest;
    if (count > 1) this.#variance = ((count - 2) / (count - 1)) * this.#variance + (distance * distance) / count;
    // 1e308 and -1e308 are farther apart than a double can say; what they add to the mean is not.
    this.#moveMean(Number.isFinite(distance) ? distance / count : value / count - this.#mean / count);
  }

  /** Adds without loss: what does not fit into the sum goes to the rest (D. E. Knuth's TwoSum). */
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

  /** The least number; undefined if there was none. */
  get min(): number | undefined {
    return this.#count > 0 ? this.#min : undefined;
  }

  /** The greatest number; undefined if there was none. */
  get max(): number | undefined {
    return this.#count > 0 ? this.#max : undefined;
  }

  /** The arithmetic mean; undefined if there was no number. */
  get mean(): number | undefined {
    return this.#count > 0 ? this.#mean + this.#meanRest : undefined;
  }

  /**
   * The sample standard deviation, which divides by `count - 1`; undefined for fewer than two numbers. Infinite where a
   * distance is beyond about 1e154 and its square no double, and 0 where all are below 1e-162 and the squares vanish.
   */
  get standardDeviation(): number | undefined {
    return this.#count > 1 ? Math.sqrt(this.#variance) : undefined;
  }
}
