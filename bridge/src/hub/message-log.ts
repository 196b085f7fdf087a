import { Encoded, type Outgoing } from "../stream/encoded.js";
import { RingBuffer } from "./ring-buffer.js";

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
