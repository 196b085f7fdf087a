import type { Subscriber } from "rxjs";
import { reportUnexpected } from "../errors/diagnostics.js";
import type { Outgoing } from "../stream/encoded.js";
import { RingBuffer } from "./message-log.js";

/** How a member, or a hub, ends: with an error unless that is undefined. */
export class Ending {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  end(subscriber: Subscriber<never>): void {
    if (this.#error === undefined) subscriber.complete();
    else subscriber.error(this.#error);
  }
}

/** Something for one member alone, due when the member has been given the message with the number `after`. */
interface PrivateItem<T> {
  readonly after: number;
  readonly what: Outgoing<T> | Ending;
}

/** A member of a hub: its subscriber, its position in the log, and what waits for it alone. */
export class Member<T> {
  /** Its neighbors in a {@link MemberRing}; undefined outside a ring. */
  previous: Member<T> | undefined = undefined;
  next: Member<T> | undefined = undefined;
  readonly subscriber: Subscriber<Outgoing<T>>;
  /** The number of the last message that it has been given, or that was published before it joined. */
  reached: number;
  /** Where its current turn ends. A member that publishes in answer to messages must not keep the others waiting. */
  turnEnds: number;
  gone = false;
  #privateItems: RingBuffer<PrivateItem<T>> | undefined;
  #ended = false;

  constructor(subscriber: Subscriber<Outgoing<T>>, reached: number) {
    this.subscriber = subscriber;
    this.reached = reached;
    this.turnEnds = reached;
  }

  /** How many items wait for it alone. */
  get privateCount(): number {
    return this.#privateItems?.size ?? 0;
  }

  /** Makes `what` wait until the member has been given the message number `after`. After its ending it gets nothing. */
  tell(what: Outgoing<T> | Ending, after: number): void {
    if (this.#ended) return;
    this.#ended = what instanceof Ending;
    this.#privateItems ??= new RingBuffer();
    this.#privateItems.push({ after, what });
  }

  /** Ends the member with `ending`, instead of everything that waits for it. */
  cutShort(ending: Ending): void {
    this.#ended = true;
    this.#privateItems = new RingBuffer();
    this.#privateItems.push({ after: 0, what: ending });
  }

  /** Whether something is due to it alone before the next message of the log. */
  get privateIsDue(): boolean {
    const item = this.#privateItems?.at(0);
    return item !== undefined && item.after <= this.reached;
  }

  /** The number in the log up to which, in this turn, nothing comes in between for this member alone. */
  get undisturbedUpTo(): number {
    return Math.min(this.turnEnds, this.#privateItems?.at(0)?.after ?? Number.POSITIVE_INFINITY);
  }

  /** Takes out the first item that waits for it alone. */
  takePrivate(): Outgoing<T> | Ending {
    const item = this.#privateItems?.shift() as PrivateItem<T>;
    // Most members have no private messages most of the time, and there may be very many members.
    if (this.#privateItems?.size === 0) this.#privateItems = undefined;
    return item.what;
  }

  /** Its subscriber threw `error`. The subscriber gets the error, or the log does if the subscriber is closed. */
  failed(error: unknown): void {
    let unheard = error;
    try {
      if (!this.subscriber.closed) {
        this.subscriber.error(error);
        return;
      }
    } catch (another) {
      unheard = another;
    }
    reportUnexpected({ path: "hub", error: unheard });
  }
}

/**
 * Members in a ring, which are served in turn: `first` was served longest ago. Every operation takes constant time, and
 * a member may leave while others are served. An array or a Set would give only one of the two.
 */
export class MemberRing<T> {
  #first: Member<T> | undefined;

  get first(): Member<T> | undefined {
    return this.#first;
  }

  /** The member that has reached least: the second one if the first one is in the middle of its turn. */
  get farthestBehind(): Member<T> | undefined {
    const first = this.#first;
    return first?.next && first.next.reached < first.reached ? first.next : first;
  }

  /** Adds `member`, which was in no ring, as the last one to be served. */
  add(member: Member<T>): void {
    const first = this.#first ?? member;
    const last = first.previous ?? member;
    member.previous = last;
    member.next = first;
    last.next = member;
    first.previous = member;
    this.#first = first;
  }

  /** Removes `member`. Does nothing if it is in no ring. */
  remove(member: Member<T>): void {
    const { previous, next } = member;
    if (!previous || !next) return;
    previous.next = next;
    next.previous = previous;
    if (this.#first === member) this.#first = next === member ? undefined : next;
    member.previous = undefined;
    member.next = undefined;
  }

  /** The first one has been served, so it is now the last one. */
  advance(): void {
    this.#first = this.#first?.next;
  }
}
