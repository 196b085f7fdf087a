import { Encoded, type Outgoing } from "../stream/encoded.js";

/** How many messages of the past are kept, and how many bytes of them. */
export interface LogBounds {
  readonly messages: number;
  readonly bytes: number;
}

/** The serialized bytes of a message; 0 if it is not serialized, because its size is not known. */
export function serializedBytes(message: Outgoing<unknown>): number {
  return message instanceof Encoded ? message.bytes.length : 0;
}

/** The messages up to the newest by number: those to replay, and those that some member has not been given. */
export class MessageLog<T> {
  readonly #messages = new RingBuffer<Outgoing<T>>();
  readonly #bounds: LogBounds;
  #newest = 0;
  #bytes = 0;
  #peak = 0;

  constructor(bounds: LogBounds) {
    this.#bounds = bounds;
  }

  /** The number of the newest message; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** The largest size after a {@link forget}. */
  get peak(): number {
    return this.#peak;
  }

  /** How many of the last messages can be replayed. */
  get remembered(): number {
    return Math.min(this.#messages.size, this.#bounds.messages);
  }

  /** Adds the newest message, and returns its number. */
  append(message: Outgoing<T>): number {
    const lasting = withItsOwnMemory(message);
    this.#messages.push(lasting);
    this.#bytes += serializedBytes(lasting);
    this.#newest += 1;
    return this.#newest;
  }

  /** The message with this number, which must be in the log. */
  numbered(number: number): Outgoing<T> {
    return this.#messages.at(this.#messages.size - 1 - (this.#newest - number)) as Outgoing<T>;
  }

  /** Forgets the messages that exceed a bound, except the newest `due`. */
  forget(due: number): void {
    const { messages, bytes } = this.#bounds;
    while (this.size > due && (this.size > messages || this.#bytes > bytes)) {
      this.#bytes -= serializedBytes(this.#messages.shift() as Outgoing<T>);
    }
    this.#peak = Math.max(this.#peak, this.size);
  }
}

/**
 * A message may wait for long, in the log or in the outbox of a stalled member. So its bytes get their own memory: a
 * slice of Node's pool would keep the 8 KiB around it alive.
 */
function withItsOwnMemory<T>(message: Outgoing<T>): Outgoing<T> {
  if (!(message instanceof Encoded) || message.bytes.buffer.byteLength === message.bytes.length) return message;
  const bytes = Buffer.allocUnsafeSlow(message.bytes.length);
  message.bytes.copy(bytes);
  return new Encoded(message.message, bytes, message.count);
}

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
