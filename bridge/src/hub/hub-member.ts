import type { Subscriber } from "rxjs";
import { reportUnexpected } from "../errors/diagnostics.js";
import type { Outgoing } from "../stream/encoded.js";
import { RingBuffer } from "./ring-buffer.js";
import type { Seat } from "./round.js";

/** How a member, or a hub, is ended: with an error unless that is undefined. */
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

/** Something for one member alone, due when the member has been given the message number `after`. */
interface Own<T> {
  readonly after: number;
  readonly what: Outgoing<T> | Ending;
}

/** A member of a hub: whom to tell, how far it has come in the log, and what waits for it alone. */
export class Member<T> implements Seat<Member<T>> {
  previous: Member<T> | undefined = undefined;
  next: Member<T> | undefined = undefined;
  readonly subscriber: Subscriber<Outgoing<T>>;
  /** The number of the last message that it has been given, or that came before it. */
  reached: number;
  /** Where its present turn ends: one that makes new messages of what it is given must not keep the others waiting. */
  turnEnds: number;
  gone = false;
  #own: RingBuffer<Own<T>> | undefined;
  #ended = false;

  constructor(subscriber: Subscriber<Outgoing<T>>, reached: number) {
    this.subscriber = subscriber;
    this.reached = reached;
    this.turnEnds = reached;
  }

  /** How much waits for it alone. */
  get ownSize(): number {
    return this.#own?.size ?? 0;
  }

  /** Has `what` wait until it has been given the message number `after`. After its ending nothing is for it any more. */
  tell(what: Outgoing<T> | Ending, after: number): void {
    if (this.#ended) return;
    this.#ended = what instanceof Ending;
    this.#own ??= new RingBuffer();
    this.#own.push({ after, what });
  }

  /** Ends it with this, in place of all that waits for it. */
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

  /** Up to which number of the log nothing comes between for it alone, in this turn. */
  get undisturbedUpTo(): number {
    return Math.min(this.turnEnds, this.#own?.at(0)?.after ?? Number.POSITIVE_INFINITY);
  }

  /** Takes the first of what waits for it alone. */
  takeOwn(): Outgoing<T> | Ending {
    const own = this.#own?.shift() as Own<T>;
    // Most members have nothing of their own at most times, and there may be very many of them.
    if (this.#own?.size === 0) this.#own = undefined;
    return own.what;
  }

  /** Its subscriber has thrown `error`: that is for itself, or for the log where it hears nothing any more. */
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
