import { Encoded, type Outgoing, plain } from "../stream/encoded.js";

/**
 * How a hub makes one message of several. What a message costs, it costs for each member: a frame, and the way through all
 * layers of grpc-js, here and there. Where the messages of a contract hold a list, those that had to wait for the hub's
 * time, because it had much to do, can go out as few. The bound of an outbox still counts each of them.
 */
export interface Packing<T> {
  /** One message that says what all of these say, the oldest first. It changes none of them. */
  readonly pack: (messages: readonly T[]) => T;
  /** Of how many messages one is made at most; 64 by default. */
  readonly messages?: number | undefined;
  /** How many bytes they have together at most, serialised; 64 KiB by default. A larger message goes by itself. */
  readonly bytes?: number | undefined;
}

/** What a member is given for one or more numbers of the log. */
export interface Pack<T> {
  readonly message: Outgoing<T>;
  /** The number of the last message that is in it. */
  readonly last: number;
}

/** Bytes of a message that has been serialised; 0 of another, whose size nobody knows. */
export function bytesOf(message: Outgoing<unknown>): number {
  return message instanceof Encoded ? message.bytes.length : 0;
}

interface Made<T> extends Pack<T> {
  /** How far it was to go, and whether there was no room for more. */
  readonly wanted: number;
  readonly full: boolean;
}

/** How many packs are remembered: what one member is due that is far behind, and then the next one. */
const packsRemembered = 16;

/**
 * Makes packs, and remembers the last ones: members that have reached the same place are given the same objects,
 * serialised once, as they are of single messages.
 */
export class Packer<T> {
  readonly #pack: (messages: readonly T[]) => T;
  readonly #encode: ((message: T) => Encoded<T>) | undefined;
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  /** By the number of their first message. */
  readonly #made = new Map<number, Made<T>>();

  /** @throws RangeError if a bound of `packing` is not a finite number of at least 1 */
  constructor({ pack, messages = 64, bytes = 64 * 1024 }: Packing<T>, encode?: (message: T) => Encoded<T>) {
    for (const [name, bound] of Object.entries({ messages, bytes })) {
      if (!(bound >= 1 && bound < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`packing.${name} must be at least 1 and finite, and is ${bound}`);
      }
    }
    this.#pack = pack;
    this.#encode = encode;
    this.#mostMessages = messages;
    this.#mostBytes = bytes;
  }

  /**
   * The messages from the number `first` on, up to `wanted` at most. A message alone is given as it is.
   *
   * @param numbered the message with a number
   */
  take(first: number, wanted: number, numbered: (number: number) => Outgoing<T>): Pack<T> {
    if (first === wanted) return { message: numbered(first), last: first };
    const known = this.#made.get(first);
    if (known && (known.wanted === wanted || (known.full && known.last < wanted))) return known;
    const made = this.#make(first, wanted, numbered);
    this.#made.delete(first);
    this.#made.set(first, made);
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= packsRemembered) break;
      this.#made.delete(oldest);
    }
    return made;
  }

  /** Nobody is due anything: those who will be are due something else. */
  forget(): void {
    this.#made.clear();
  }

  #make(first: number, wanted: number, numbered: (number: number) => Outgoing<T>): Made<T> {
    const messages = [numbered(first)];
    let bytes = bytesOf(numbered(first));
    let full = false;
    for (let number = first + 1; number <= wanted && !full; number += 1) {
      const message = numbered(number);
      bytes += bytesOf(message);
      full = messages.length >= this.#mostMessages || bytes > this.#mostBytes;
      if (!full) messages.push(message);
    }
    return { message: this.#one(messages), last: first + messages.length - 1, wanted, full };
  }

  #one(messages: readonly Outgoing<T>[]): Outgoing<T> {
    const [only, ...more] = messages;
    if (only !== undefined && more.length === 0) return only;
    const packed = this.#pack(messages.map(plain));
    // A reader is as far behind as it was with single messages: its outbox counts what is in the pack.
    return this.#encode ? new Encoded(packed, this.#encode(packed).bytes, messages.length) : packed;
  }
}
