/** Random choices, which are the same for the same random numbers. */
export class Chance {
  readonly #random: () => number;

  /** @param random gives numbers from 0 to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True in this share of all cases, from 0 to 1. */
  happens(share: number): boolean {
    return this.#random() < share;
  }

  /** One of the items; undefined if there are none. */
  one<T>(of: readonly T[]): T | undefined {
    return of[this.whole(0, of.length - 1)];
  }

  /** All items in a random order. */
  shuffled<T>(all: readonly T[]): T[] {
    const left = [...all];
    return all.flatMap(() => left.splice(this.whole(0, left.length - 1), 1));
  }
}
