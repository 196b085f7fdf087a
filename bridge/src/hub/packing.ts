import { Encoded, type Outgoing, plain } from "../stream/encoded.js";
import { type MessageLog, serializedBytes } from "./message-log.js";

/**
 * How a hub makes one message of several. Each message has its cost for each member: a frame, and the way through all
 * layers of grpc-js on both sides. If the messages of a contract hold a list, those that had to wait because the hub
 * was busy can be sent as a few messages. The bound of an outbox still counts each of them.
 */
export interface Packing<T> {
  /** Returns one message that says what all of these say, the oldest first. It must change none of them. */
  readonly pack: (messages: readonly T[]) => T;
  /** The most messages that are made into one; 64 by default. */
  readonly messages?: number | undefined;
  /** The most serialized bytes that they have together; 64 KiB by default. A larger message is sent by itself. */
  readonly bytes?: number | undefined;
}

/** What a member gets for one or more numbers of the log. */
export interface Pack<T> {
  readonly message: Outgoing<T>;
  /** The number of the last message in it. */
  readonly last: number;
}

interface Made<T> extends Pack<T> {
  /** The number up to which it was asked to pack, and whether it had no room for more. */
  readonly wanted: number;
  readonly full: boolean;
}

/** How many packs are remembered, for later members that are equally far behind. */
const packsRemembered = 16;

/**
 * Makes packs and remembers the last ones. So members that have reached the same place get the same objects, serialized
 * once, as with single messages.
 */
export class Packer<T> {
  readonly #log: MessageLog<T>;
  readonly #pack: (messages: readonly T[]) => T;
  readonly #encode: ((message: T) => Encoded<T>) | undefined;
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  /** By the number of their first message. */
  readonly #made = new Map<number, Made<T>>();

  /** @throws RangeError if a bound of `packing` is not a finite number of at least 1 */
  constructor(log: MessageLog<T>, packing: Packing<T>, encode?: (message: T) => Encoded<T>) {
    const { pack, messages = 64, bytes = 64 * 1024 } = packing;
    for (const [name, bound] of Object.entries({ messages, bytes })) {
      if (!(bound >= 1 && bound < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`packing.${name} must be at least 1 and finite, and is ${bound}`);
      }
    }
    this.#log = log;
    this.#pack = pack;
    this.#encode = encode;
    this.#mostMessages = messages;
    this.#mostBytes = bytes;
  }

  /** The messages from the number `first` on, up to `wanted` at most. A single message is returned as it is. */
  take(first: number, wanted: number): Pack<T> {
    if (first === wanted) return { message: this.#log.numbered(first), last: first };
    const known = this.#made.get(first);
    if (known && (known.wanted === wanted || (known.full && known.last < wanted))) return known;
    const made = this.#make(first, wanted);
    this.#made.delete(first);
    this.#made.set(first, made);
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= packsRemembered) break;
      this.#made.delete(oldest);
    }
    return made;
  }

  /** Called when no member is behind: later messages are in other packs. */
  forget(): void {
    this.#made.clear();
  }

  #make(first: number, wanted: number): Made<T> {
    const oldest = this.#log.numbered(first);
    const messages = [oldest];
    let bytes = serializedBytes(oldest);
    let full = false;
    for (let number = first + 1; number <= wanted && !full; number += 1) {
      const message = this.#log.numbered(number);
      bytes += serializedBytes(message);
      full = messages.length >= this.#mostMessages || bytes > this.#mostBytes;
      if (!full) messages.push(message);
    }
    return { message: this.#one(messages), last: first + messages.length - 1, wanted, full };
  }

  #one(messages: readonly Outgoing<T>[]): Outgoing<T> {
    const [only, ...more] = messages;
    if (only !== undefined && more.length === 0) return only;
    const packed = this.#pack(messages.map(plain));
    // The outbox of a reader counts the messages in the pack, so the reader is as far behind as with single messages.
    return this.#encode ? new Encoded(packed, this.#encode(packed).bytes, messages.length) : packed;
  }
}
