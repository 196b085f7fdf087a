/** What can be in a {@link Round}. It knows its neighbors, and has none when it is in no round. */
export interface Seat<S> {
  previous: S | undefined;
  next: S | undefined;
}

/**
 * Items that are served in turn, in a circle: `first` was served longest ago. Every operation takes constant time, and
 * an item may leave while others are served. An array or a Set would give only one of the two.
 */
export class Round<S extends Seat<S>> {
  #first: S | undefined;

  get first(): S | undefined {
    return this.#first;
  }

  /** Adds `seat`, which was in no round, as the last one to be served. */
  add(seat: S): void {
    const first = this.#first ?? seat;
    const last = first.previous ?? seat;
    seat.previous = last;
    seat.next = first;
    last.next = seat;
    first.previous = seat;
    this.#first = first;
  }

  /** Removes `seat`. Does nothing if it is in no round. */
  remove(seat: S): void {
    const { previous, next } = seat;
    if (!previous || !next) return;
    previous.next = next;
    next.previous = previous;
    if (this.#first === seat) this.#first = next === seat ? undefined : next;
    seat.previous = undefined;
    seat.next = undefined;
  }

  /** The first one has been served, so it is now the last one. */
  advance(): void {
    this.#first = this.#first?.next;
  }
}
