import { Observable, type Subscriber } from "rxjs";
import { Encoded, type Outgoing } from "../stream/encoded.js";
import { FanOut, type HubGauges } from "./fan-out.js";
import { Ending, Member } from "./hub-member.js";
import { Packer, type Packing } from "./packing.js";
import { Slices } from "./slices.js";

/** What a {@link Hub} is made with. */
export interface HubOptions<T> {
  /** Serialises what is published, once for all members, see `encoder`. Without it messages pass as they are. */
  readonly encode?: (message: T) => Encoded<T>;
  /** How many of its last messages the hub holds in memory for those who come late; none by default. */
  readonly replay?: number;
  /** How many bytes of them, serialised; not bounded by default. It counts what `encode` has serialised. */
  readonly replayBytes?: number;
  /** Makes one message of several where members are late under load; none by default. */
  readonly packing?: Packing<T>;
  /**
   * How many messages a member may be behind because there was no time to give them out; 1024 by default. It gets them
   * in one go, so that a bound above the one of its outbox has no use.
   */
  readonly maxLag?: number;
}

/** From where on a member wants to hear, and what it is told before that. */
export interface HubEntrance<T> {
  /** So many of the messages before it came; none by default, and no more than the hub remembers. */
  readonly last?: number | undefined;
  /** In place of `last`: all messages after the one with this number. */
  readonly after?: number | undefined;
  /** The first message, for this member alone. */
  readonly first?: Outgoing<T> | undefined;
}

/** What a hub can do for one of its members alone. The member leaves by unsubscribing. */
export interface Membership<T> {
  /** Gives it a message, after all that was published before this and before all that is published after it. */
  send(message: Outgoing<T>): void;
  /** Ends it, after all that was published and sent before this; with `error`, unless that is undefined. */
  complete(error?: unknown): void;
}

/**
 * A position that a hub cannot resume from, and what it remembers. It is no status: a handler turns it into the one that
 * its contract names, such as OUT_OF_RANGE, or its client is told UNKNOWN.
 */
export class NotRemembered extends Error {
  override readonly name = "NotRemembered";
  /** The number of the oldest message that is remembered; one above `newest` where none is. */
  readonly oldest: number;
  readonly newest: number;

  constructor(oldest: number, newest: number) {
    super(`the messages ${oldest} to ${newest} are remembered`);
    this.oldest = oldest;
    this.newest = newest;
  }
}

/**
 * Gives each message to many members: a numbered log, and for each member the place in it that it has reached. So every
 * member has the same order, and who comes late has the past and then the present without a gap (law L20).
 *
 * Delivery goes from member to member. With few of them it is done when {@link publish} returns; with many it goes on in
 * slices, and the event loop is let through between them. What is published, sent or ended while messages are being
 * given out comes after them, and never from inside: to give a member something can make another thing happen at once,
 * as when its outbox is full and its leaving is told to the others.
 *
 * A hub has no outbox. It pushes, and what a slow reader has not taken waits under the policy of its own call, as a
 * reference to the message that all share.
 */
export class Hub<T> {
  readonly #fanOut: FanOut<T>;
  readonly #slices: Slices;
  readonly #encode: ((message: T) => Encoded<T>) | undefined;

  /**
   * @throws RangeError if `replay` is not a finite number of at least 0, `replayBytes` is below 0, or `maxLag`,
   *   `sliceMs` or a bound of `packing` is not above 0 and finite
   */
  constructor(options: HubOptions<T> = {}) {
    const { encode, replay = 0, maxLag = 1024 } = options;
    const { replayBytes = Number.POSITIVE_INFINITY, packing } = options;
    if (!(replay >= 0 && replay < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`replay must be at least 0 and finite, and is ${replay}`);
    }
    if (!(replayBytes >= 0)) throw new RangeError(`replayBytes must be at least 0, and is ${replayBytes}`);
    if (!(maxLag > 0 && maxLag < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`maxLag must be above 0 and finite, and is ${maxLag}`);
    }
    this.#encode = encode;
    this.#slices = new Slices(() => this.#fanOut.giveOut());
    const packer = packing && new Packer(packing, encode);
    this.#fanOut = new FanOut(this.#slices, { messages: replay, bytes: replayBytes }, maxLag, packer);
  }

  /** The number of the newest message; 0 before the first. */
  get newest(): number {
    return this.#fanOut.newest;
  }

  get gauges(): HubGauges {
    return this.#fanOut.gauges;
  }

  /**
   * Gives `message` to all members. Throws what the serialiser throws, and then nobody gets anything. After the end of
   * the hub it does nothing.
   *
   * @returns the number of the message, one above that of the one before
   */
  publish(message: Outgoing<T>): number {
    return this.#fanOut.append(this.#lasting(this.#encoded(message)));
  }

  /**
   * To subscribe is to come in, to unsubscribe is to leave; each subscription is a member of its own. It fails with
   * {@link NotRemembered}, and with RESOURCE_EXHAUSTED where the hub was too busy to give out what was published.
   */
  join(entrance: HubEntrance<T> = {}): Observable<Outgoing<T>> {
    return new Observable((subscriber) => {
      this.enter(subscriber, entrance);
    });
  }

  /**
   * Makes `subscriber` a member until it is unsubscribed, for whoever has more to tell it than the others: see
   * {@link join}.
   *
   * @throws NotRemembered if it is to hear what comes after a message that is forgotten, or that is still to come
   */
  enter(subscriber: Subscriber<Outgoing<T>>, { last = 0, after, first }: HubEntrance<T> = {}): Membership<T> {
    const past = this.#past(last, after);
    const member = new Member<T>(subscriber, this.newest);
    const send = (message: Outgoing<T>) => this.#fanOut.tell(member, this.#encoded(message));
    this.batch(() => {
      this.#fanOut.add(member);
      if (first !== undefined) send(first);
      for (const message of past) this.#fanOut.tell(member, message);
    });
    return { send, complete: (error) => this.#fanOut.tell(member, new Ending(error)) };
  }

  /**
   * Calls `work`, and gives out what it has published, sent and ended when it has returned. So what belongs together
   * stays together: a message and its acknowledgement, though a member answers the message at once.
   */
  batch<R>(work: () => R): R {
    return this.#slices.hold(work);
  }

  /**
   * Ends all members after what they are due, and those who come later after what is remembered; with `error`, unless
   * that is undefined. The first word counts.
   */
  complete(error?: unknown): void {
    this.#fanOut.end(new Ending(error));
  }

  #encoded(message: Outgoing<T>): Outgoing<T> {
    return this.#encode && !(message instanceof Encoded) ? this.#encode(message) : message;
  }

  /**
   * What waits for long, in the log or in the outbox of somebody who stalls, has memory of its own: a slice of Node's pool
   * would keep the 8 KiB around it alive.
   */
  #lasting(message: Outgoing<T>): Outgoing<T> {
    if (!(message instanceof Encoded) || message.bytes.buffer.byteLength === message.bytes.length) return message;
    const bytes = Buffer.allocUnsafeSlow(message.bytes.length);
    message.bytes.copy(bytes);
    return new Encoded(message.message, bytes, message.count);
  }

  #past(last: number, after: number | undefined): Outgoing<T>[] {
    const { remembered } = this.#fanOut;
    const wanted = after === undefined ? Math.max(0, Math.min(Math.trunc(last), remembered)) : this.newest - after;
    const isRemembered = Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= remembered;
    if (!isRemembered) throw new NotRemembered(this.newest - remembered + 1, this.newest);
    // It does not count in an outbox: it is bounded here, and its bytes are those of the log. Otherwise who was dropped
    // because its outbox was full could never be given what it has missed: that is always more than an outbox holds.
    return this.#fanOut
      .last(wanted)
      .map((message) => (message instanceof Encoded ? new Encoded(message.message, message.bytes, 0) : message));
  }
}
