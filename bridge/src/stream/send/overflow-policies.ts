import type { Encoded } from "../encoded.js";
import { longestTimerMs, type Outbox, type OverflowCounters, type OverflowPolicy, ReaderTooSlow } from "./overflow.js";

/** The options of {@link failWhenFull}. */
export interface FailWhenFullOptions {
  /** Messages that may wait for the reader of one call; 1024 by default. Counted as {@link Encoded.count} says. */
  readonly messages?: number | undefined;
  /** Serialized bytes that may wait for the reader of one call; 16 MiB by default. */
  readonly bytes?: number | undefined;
  /**
   * How long, in milliseconds, a reader that was too slow has to take the status before it is reported as stalled, see
   * `onStalledPeer`; 10,000 by default. A timer of Node holds at most 24.8 days, and a longer time is refused. It has
   * no effect on a client.
   */
  readonly patienceMs?: number | undefined;
}

const mebibyte = 1024 * 1024;

/**
 * The policy that ends the call. While the call lives no message is lost. A reader loses its call if more messages
 * would have to wait for it than the bound allows. The source and the outbox are freed at once, and the status,
 * RESOURCE_EXHAUSTED, reaches the reader if it reads again. On a client, the sender's own call fails with it.
 *
 * @throws RangeError if a bound is not a finite number of at least 1, or `patienceMs` is more than a timer holds (24.8
 *   days)
 */
export function failWhenFull<T>({
  messages = 1024,
  bytes = 16 * mebibyte,
  patienceMs = 10_000,
}: FailWhenFullOptions = {}): OverflowPolicy<T> {
  for (const [name, bound] of Object.entries({ messages, bytes, patienceMs })) {
    // Infinity would be a queue without a bound.
    if (!(bound >= 1 && bound < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name} must be at least 1 and finite, and is ${bound}`);
    }
  }
  if (patienceMs > longestTimerMs)
    throw new RangeError(`patienceMs must be at most ${longestTimerMs}, and is ${patienceMs}`);
  const counters = new Counters();
  return { counters, open: () => new BoundedQueue(counters, messages, bytes, patienceMs) };
}

/**
 * The policy for messages that matter only while they are new: at most one message waits, and a newer one is merged
 * into it. The merged message can count the messages that it replaced, as Vitals.Watch does.
 *
 * @param merge makes one message of two and must change neither. It gets the objects themselves, with any later change.
 *   If it throws, the call ends as after an error of the handler.
 */
export function coalesce<T>(merge: (older: T, newer: T) => T): OverflowPolicy<T> {
  const counters = new Counters();
  return { counters, open: () => new Coalesced(counters, merge) };
}

class Counters implements OverflowCounters {
  delivered = 0;
  dropped = 0;
  waiting = 0;
  peak = 0;
}

class BoundedQueue<T> implements Outbox<T> {
  #queue: Encoded<T>[] = [];
  /** The index of the oldest message: `shift` would move all others for each message. */
  #head = 0;
  /** The sum of each {@link Encoded.count}. */
  #counted = 0;
  #bytesCounted = 0;
  readonly counters: Counters;
  readonly #messages: number;
  readonly #bytes: number;
  readonly #patienceMs: number;

  constructor(counters: Counters, messages: number, bytes: number, patienceMs: number) {
    this.counters = counters;
    this.#messages = messages;
    this.#bytes = bytes;
    this.#patienceMs = patienceMs;
  }

  get empty(): boolean {
    return this.#waiting === 0;
  }

  get #waiting(): number {
    return this.#queue.length - this.#head;
  }

  keep(message: Encoded<T>): void {
    const counted = this.#counted + message.count;
    const bytes = this.#bytesCounted + countedBytes(message);
    if (message.count > 0 && (counted > this.#messages || bytes > this.#bytes)) {
      this.counters.dropped += 1;
      throw new ReaderTooSlow(this.#counted, this.#patienceMs);
    }
    this.#queue.push(message);
    this.#counted = counted;
    this.#bytesCounted = bytes;
    this.counters.waiting += 1;
    this.counters.peak = Math.max(this.counters.peak, this.#waiting);
  }

  take(): Encoded<T> | undefined {
    const message = this.#queue[this.#head];
    if (message === undefined) return undefined;
    this.#head += 1;
    this.#counted -= message.count;
    this.#bytesCounted -= countedBytes(message);
    this.counters.waiting -= 1;
    this.counters.delivered += 1;
    if (this.#head === this.#queue.length || this.#head > this.#messages) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  close(): void {
    this.counters.waiting -= this.#waiting;
    this.counters.dropped += this.#waiting;
    this.#queue = [];
    this.#head = 0;
    this.#counted = 0;
    this.#bytesCounted = 0;
  }
}

function countedBytes({ count, bytes }: Encoded<unknown>): number {
  return count > 0 ? bytes.length : 0;
}

class Coalesced<T> implements Outbox<T> {
  #waiting: Encoded<T> | undefined;
  readonly counters: Counters;
  readonly #merge: (older: T, newer: T) => T;

  constructor(counters: Counters, merge: (older: T, newer: T) => T) {
    this.counters = counters;
    this.#merge = merge;
  }

  get empty(): boolean {
    return this.#waiting === undefined;
  }

  keep(message: Encoded<T>, encode: (message: T) => Encoded<T>): void {
    if (this.#waiting === undefined) {
      this.#waiting = message;
      this.counters.waiting += 1;
      this.counters.peak = 1;
    } else {
      this.counters.dropped += 1;
      this.#waiting = encode(this.#merge(this.#waiting.message, message.message));
    }
  }

  take(): Encoded<T> | undefined {
    const message = this.#waiting;
    if (message === undefined) return undefined;
    this.#waiting = undefined;
    this.counters.waiting -= 1;
    this.counters.delivered += 1;
    return message;
  }

  close(): void {
    if (this.#waiting === undefined) return;
    this.#waiting = undefined;
    this.counters.waiting -= 1;
    this.counters.dropped += 1;
  }
}
