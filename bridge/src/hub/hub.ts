import { map, type Observable, type Subscriber } from "rxjs";
import { Encoded, type Outgoing, plain } from "../stream/encoded.js";
import { ReportingObservable } from "../stream/receive/reporting-observable.js";
import { FanOut } from "./fan-out.js";
import type { HubGauges } from "./gauges.js";
import { Ending, Member } from "./members.js";
import { MessageLog } from "./message-log.js";
import { NotRemembered, type Position } from "./not-remembered.js";
import { Packer, type Packing } from "./packing.js";

/** The options of a {@link Hub}. */
export interface HubOptions<T> {
  /** Serializes each published message once for all members, see `encoder`. Without it messages pass unchanged. */
  readonly encode?: ((message: T) => Encoded<T>) | undefined;
  /** How many of its last messages the hub keeps in memory for members that join later; none by default. */
  readonly replay?: number | undefined;
  /** How many serialized bytes of them; not bounded by default. Only messages that `encode` has serialized count. */
  readonly replayBytes?: number | undefined;
  /** Packs several messages into one for members that are late under load; none by default. */
  readonly packing?: Packing<T> | undefined;
  /**
   * How many messages a member may be behind because the server had no time to deliver them; 1024 by default. The
   * member gets them all at once, so a bound above that of its outbox has no use.
   */
  readonly maxLag?: number | undefined;
}

/** Where in the log a member begins, and what it gets before that. */
export interface HubEntrance<T> {
  /** The number of earlier messages that it gets; 0 by default, and no more than the hub remembers. */
  readonly last?: number | undefined;
  /**
   * Instead of `last`: all messages after this one. A number is of this life of the log. A client that comes back may
   * have a position of an earlier life: put its epoch into your contract too, and pass both.
   */
  readonly after?: number | Position | undefined;
  /** The first message, for this member alone. */
  readonly first?: Outgoing<T> | undefined;
}

/** What a hub can do for only one of its members. The member leaves by unsubscribing. */
export interface Membership<T> {
  /** Gives the member a message, after all earlier publications and before all later ones. */
  send(message: Outgoing<T>): void;
  /** Ends the member after all that was published and sent earlier; with `error`, unless that is undefined. */
  complete(error?: unknown): void;
}

/**
 * Gives each message to many members: a numbered log, and for each member its position in the log. So all members see
 * the same order, and a late member gets past and present messages without a gap (law L20).
 *
 * With few members, all have the message when {@link publish} returns; with many, the hub delivers in slices, and other
 * work runs between them. Messages and endings from inside a delivery come after that delivery.
 *
 * A hub has no outbox. Messages that a slow reader has not taken wait under the policy of its own call, as references
 * to the one message that all members share.
 */
export class Hub<T> {
  /** Names this life of the log, see {@link Position}. */
  readonly epoch: string = crypto.randomUUID();
  readonly #log: MessageLog<T>;
  readonly #fanOut: FanOut<T>;
  readonly #encode: ((message: T) => Encoded<T>) | undefined;

  /**
   * @throws RangeError if `replay` is not a finite number of at least 0, `replayBytes` is below 0, `maxLag` is not
   *   finite and above 0, or a bound of `packing` is not a finite number of at least 1
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
    this.#log = new MessageLog({ messages: replay, bytes: replayBytes });
    this.#fanOut = new FanOut(this.#log, maxLag, replay, packing && new Packer(this.#log, packing, encode));
  }

  /** The number of the newest message; 0 before the first. */
  get newest(): number {
    return this.#log.newest;
  }

  /** The position of the next message: put it into the message that you publish. */
  get nextPosition(): Position {
    return { epoch: this.epoch, sequence: this.newest + 1 };
  }

  get gauges(): HubGauges {
    return this.#fanOut.gauges;
  }

  /**
   * Gives `message` to all members. If the serializer throws, so does this, and no member gets anything. After the end
   * of the hub it does nothing.
   *
   * @returns the number of the message, one above that of the previous message
   */
  publish(message: Outgoing<T>): number {
    return this.#fanOut.publish(this.#encoded(message));
  }

  /**
   * Each subscription joins as a new member; unsubscribing leaves. It fails with {@link NotRemembered}, and with
   * RESOURCE_EXHAUSTED if the hub was too busy to deliver the messages. A message that `encode` has serialized comes as
   * the one {@link Encoded} that all members share, which a handler returns as it is.
   */
  join(entrance: HubEntrance<T> = {}): Observable<Outgoing<T>> {
    return new ReportingObservable("hub", (subscriber) => {
      this.enter(subscriber, entrance);
    });
  }

  /** {@link join} with plain messages, for code that reads them itself. */
  messages(entrance?: HubEntrance<T>): Observable<T> {
    return this.join(entrance).pipe(map(plain));
  }

  /**
   * Makes `subscriber` a member until it is unsubscribed. Use it instead of {@link join} to send this member something
   * that the others do not get.
   *
   * @throws NotRemembered if `after` is the number of a message that is forgotten or not yet published
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
   * Calls `work`, and delivers what it has published, sent and ended after it has returned. So related messages stay
   * together: a message and its acknowledgement, even if a member answers the message at once.
   */
  batch<R>(work: () => R): R {
    return this.#fanOut.batch(work);
  }

  /**
   * Ends all members after their outstanding messages, and later members after the remembered ones; with `error`,
   * unless that is undefined. Only the first call counts.
   */
  complete(error?: unknown): void {
    this.#fanOut.end(new Ending(error));
  }

  #encoded(message: Outgoing<T>): Outgoing<T> {
    return this.#encode && !(message instanceof Encoded) ? this.#encode(message) : message;
  }

  #past(last: number, after: number | Position | undefined): Outgoing<T>[] {
    const { newest, remembered } = this.#log;
    const what = { epoch: this.epoch, oldest: newest - remembered + 1, newest };
    if (typeof after === "object" && after.epoch !== this.epoch) throw new NotRemembered("EPOCH_ENDED", what);
    const number = typeof after === "object" ? after.sequence : after;
    const wanted = number === undefined ? Math.max(0, Math.min(Math.trunc(last), remembered)) : newest - number;
    const isRemembered = Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= remembered;
    if (!isRemembered) throw new NotRemembered("POSITION_FORGOTTEN", what);
    // Replayed messages do not count in an outbox: the log bounds them, and holds their bytes. If they did count, a
    // member that was dropped for a full outbox could never catch up: it has always missed more than an outbox holds.
    return Array.from({ length: wanted }, (_, index) => {
      const message = this.#log.numbered(newest - wanted + 1 + index);
      return message instanceof Encoded ? new Encoded(message.message, message.bytes, 0) : message;
    });
  }
}
