import type { Subscriber } from "rxjs";
import { reportUnexpected } from "../errors/diagnostics.js";
import type { Outgoing } from "../stream/encoded.js";
import { RingBuffer } from "./ring-buffer.js";
import type { Seat } from "./round.js";

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
interface Own<T> {
  readonly after: number;
  readonly what: Outgoing<T> | Ending;
}

/** A member of a hub: its subscriber, its position in the log, and what waits for it alone. */
export class Member<T> implements Seat<Member<T>> {
  previous: Member<T> | undefined = undefined;
  next: Member<T> | undefined = undefined;
  readonly subscriber: Subscriber<Outgoing<T>>;
  /** The number of the last message that it has been given, or that was published before it joined. */
  reached: number;
  /** Where its current turn ends. A member that publishes in answer to messages must not keep the others waiting. */
  turnEnds: number;
  gone = false;
  #own: RingBuffer<Own<T>> | undefined;
  #ended = false;

  constructor(subscriber: Subscriber<Outgoing<T>>, reached: number) {
    this.subscriber = subscriber;
    this.reached = reached;
    this.turnEnds = reached;
  }

  /** How many items wait for it alone. */
  get ownSize(): number {
    return this.#own?.size ?? 0;
  }

  /** Makes `what` wait until the member has been given the message number `after`. After its ending it gets nothing. */
  tell(what: Outgoing<T> | Ending, after: number): void {
    if (this.#ended) return;
    this.#ended = what instanceof Ending;
    this.#own ??= new RingBuffer();
    this.#own.push({ after, what });
  }

  /** Ends the member with `ending`, instead of everything that waits for it. */
  cutShort(ending: Ending): void {
    this.#ended = true;
    this.#own = new RingBuffer();
    this.#own.push({ after: 0, what: ending });
  }

  /** Whether something is due to it alone before the next message of the log. */
  get ownIsDue(): boolean {
    const own = this.#own?.at(0);
    return own !== undefined && own.after <= this.reached;
  }

  /** The number in the log up to which, in this turn, nothing comes in between for this member alone. */
  get undisturbedUpTo(): number {
    return Math.min(this.turnEnds, this.#own?.at(0)?.after ?? Number.POSITIVE_INFINITY);
  }

  /** Takes out the first item that waits for it alone. */
  takeOwn(): Outgoing<T> | Ending {
    const own = this.#own?.shift() as Own<T>;
    // Most members have no private messages most of the time, and there may be very many members.
    if (this.#own?.size === 0) this.#own = undefined;
    return own.what;
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
