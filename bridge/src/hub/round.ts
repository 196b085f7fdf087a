/** What can be in a {@link Round}: it knows its neighbours, and has none when it is in no round. */
export interface Seat<S> {
  previous: S | undefined;
  next: S | undefined;
}

/**
 * Those who are served in turn, in a circle: `first` is the one that was served longest ago. All in constant time, and
 * whoever is in it may leave while others are served; of an array or a Set one of the two would not hold.
 */
export class Round<S extends Seat<S>> {
  #first: S | undefined;

  get first(): S | undefined {
    return this.#first;
  }

  /** Puts in `seat`, which was in no round, as the last one to be served. */
  add(seat: S): void {
    const first = this.#first ?? seat;
    const last = first.previous ?? seat;
    seat.previous = last;
    seat.next = first;
    last.next = seat;
    first.previous = seat;
    this.#first = first;
  }

  /** Takes out `seat`; nothing happens where it is in no round. */
  remove(seat: S): void {
    const { previous, next } = seat;
    if (!previous || !next) return;
    previous.next = next;
    next.previous = previous;
    if (this.#first === seat) this.#first = next === seat ? undefined : next;
    seat.previous = undefined;
    seat.next = undefined;
  }

  /** The first one has been served: it is the last one now. */
  advance(): void {
    this.#first = this.#first?.next;
  }
}
