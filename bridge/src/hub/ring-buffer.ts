/**
 * A queue that can be read anywhere, grows at its end and shrinks at its beginning, each in constant time. `shift` of
 * an array moves all later items, for each message. The code that fills the queue keeps it bounded.
 */
export class RingBuffer<T> {
  /** The length is a power of two, so that a mask finds the slot. */
  #slots: (T | undefined)[] = new Array(8).fill(undefined);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The item at `index`, 0 for the oldest; undefined after the last. */
  at(index: number): T | undefined {
    return index < this.#size ? this.#slots[(this.#first + index) & (this.#slots.length - 1)] : undefined;
  }

  push(item: T): void {
    if (this.#size === this.#slots.length) {
      this.#slots = Array.from({ length: 2 * this.#size }, (_, index) => this.at(index));
      this.#first = 0;
    }
    this.#slots[(this.#first + this.#size) & (this.#slots.length - 1)] = item;
    this.#size += 1;
  }

  /** Removes and returns the oldest item; undefined if there is none. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#first];
    // A message that is left in its slot would be held until another item takes the slot.
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#slots.length - 1);
    this.#size -= 1;
    return item;
  }
}
