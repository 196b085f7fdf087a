import { status } from "@grpc/grpc-js";
import type { Observable } from "rxjs";
import { StatusError } from "../errors/status-error.js";
import type { Encoded, Outgoing } from "./encoded.js";

/** Milliseconds. A timer of Node holds no more (24.8 days), and takes a longer time for 1 ms. */
export const longestTimerMs = 2 ** 31 - 1;

/**
 * What becomes of the messages of an Observable that its reader has not taken yet. An Observable cannot be asked to
 * wait, so somebody has to decide what gives; there is no policy without a bound. One object may serve any number of
 * calls: each has an outbox of its own, the counters are of all of them together.
 */
export interface OverflowPolicy<T> {
  readonly counters: OverflowCounters;
  /** The outbox of one call. */
  open(): Outbox<T>;
}

/**
 * Messages, counted since the policy was made, over all calls that it has served. Produced is
 * `delivered + dropped + waiting`, always (law L6). It is the policy's own object: read it again for newer numbers.
 */
export interface OverflowCounters {
  /** Handed on to their calls. */
  readonly delivered: number;
  /** Replaced by a newer one, or given up because the call had ended. */
  readonly dropped: number;
  /** In the outboxes at this moment. */
  readonly waiting: number;
  /** The most that have waited in one outbox. */
  readonly peak: number;
}

/** What waits for the reader of one call. */
export interface Outbox<T> {
  /** Whether nothing waits. */
  readonly empty: boolean;
  /**
   * Keeps a message for which there is no room on the call.
   *
   * @param encode for a message that the policy makes of two
   * @throws ReaderTooSlow when the call is to end instead
   */
  keep(message: Encoded<T>, encode: (message: T) => Encoded<T>): void;
  /** The oldest that waits, which leaves the outbox; undefined when nothing does. */
  take(): Encoded<T> | undefined;
  /** A message went by without waiting. */
  pass(): void;
  /** The call is over: what waits is given up. */
  close(): void;
}

/** The end of a call whose reader was too slow for its outbox. The `keep` of an {@link Outbox} throws it. */
export class ReaderTooSlow extends StatusError {
  /** How many messages were waiting. */
  readonly waiting: number;
  /** How long the reader has, in milliseconds, to take this status before it is reported as stalled. */
  readonly patienceMs: number;

  constructor(
    waiting: number,
    patienceMs: number,
    details = `the reader is too slow: ${waiting} messages were waiting for it`,
  ) {
    super(status.RESOURCE_EXHAUSTED, details);
    this.waiting = waiting;
    this.patienceMs = patienceMs;
  }
}

/** An Observable with the policy for its overflow: a source of messages, as any other. {@link buffered} makes one. */
export class Buffered<T> {
  readonly source: Observable<Outgoing<T>>;
  readonly policy: OverflowPolicy<T>;

  constructor(source: Observable<Outgoing<T>>, policy: OverflowPolicy<T>) {
    this.source = source;
    this.policy = policy;
  }
}

/**
 * Says what is to happen with the messages of `source` that a slow reader has not taken. An Observable that a handler
 * returns by itself gets {@link failWhenFull} with its defaults, as does one that a caller sends.
 *
 * The policy is made once, outside of the handler: one that is made in it counts for its one call alone. The types of
 * messages have to be the same: annotate an Observable whose messages are narrower, `Observable<WatchResponse>`.
 */
export function buffered<T>(source: Observable<Outgoing<NoInfer<T>>>, policy: OverflowPolicy<T>): Buffered<T> {
  return new Buffered(source, policy);
}

/** What {@link failWhenFull} takes. */
export interface FailWhenFullOptions {
  /** Messages that may wait for the reader of one call; 1024 by default. Counted as {@link Encoded.count} says. */
  readonly messages?: number | undefined;
  /** Bytes that may wait for the reader of one call, serialised; 16 MiB by default. */
  readonly bytes?: number | undefined;
  /**
   * How long, in milliseconds, a reader that was too slow has to take the status before its connection is given up as
   * stalled, see `onStalledPeer`; 10,000 by default. A timer of Node holds 24.8 days: a longer time than that is none at
   * all. It has no meaning on a client.
   */
  readonly patienceMs?: number | undefined;
}

const mebibyte = 1024 * 1024;

/**
 * The policy `error`: nothing is lost while the call lives, and a reader for whom more than the bound would have to
 * wait loses its call. Source and outbox are freed at once; the status, RESOURCE_EXHAUSTED, reaches the reader if it
 * reads again. On a client it is the sender's own call that fails with it.
 *
 * @throws RangeError if a bound is not a finite number of at least 1, or `patienceMs` more than a timer holds (24.8 days)
 */
export function failWhenFull<T>({
  messages = 1024,
  bytes = 16 * mebibyte,
  patienceMs = 10_000,
}: FailWhenFullOptions = {}): OverflowPolicy<T> {
  for (const [name, bound] of Object.entries({ messages, bytes, patienceMs })) {
    // A queue without a bound is what this is there to prevent.
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
 * The policy for what is only worth having when it is new: one message waits at most, and a newer one is merged into
 * it. The merged message can say what it stands for, as Vitals.Watch counts the readings that a reading replaced.
 *
 * @param merge makes one message of two, and changes neither of them: it sees the objects themselves, and what a source
 *   has changed in them since it gave them. What it throws ends the call as what a handler throws does.
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
  /** Where the oldest is: `shift` would move all the others, at every message. */
  #head = 0;
  /** Of those that count, see {@link Encoded.count}. */
  #counted = 0;
  #bytesCounted = 0;
  readonly #counters: Counters;
  readonly #messages: number;
  readonly #bytes: number;
  readonly #patienceMs: number;

  constructor(counters: Counters, messages: number, bytes: number, patienceMs: number) {
    this.#counters = counters;
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
      this.#counters.dropped += 1;
      throw new ReaderTooSlow(this.#counted, this.#patienceMs);
    }
    this.#queue.push(message);
    this.#counted = counted;
    this.#bytesCounted = bytes;
    this.#counters.waiting += 1;
    this.#counters.peak = Math.max(this.#counters.peak, this.#waiting);
  }

  take(): Encoded<T> | undefined {
    const message = this.#queue[this.#head];
    if (message === undefined) return undefined;
    this.#head += 1;
    this.#counted -= message.count;
    this.#bytesCounted -= countedBytes(message);
    this.#counters.waiting -= 1;
    this.#counters.delivered += 1;
    if (this.#head === this.#queue.length || this.#head > this.#messages) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  pass(): void {
    this.#counters.delivered += 1;
  }

  close(): void {
    this.#counters.waiting -= this.#waiting;
    this.#counters.dropped += this.#waiting;
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
  readonly #counters: Counters;
  readonly #merge: (older: T, newer: T) => T;

  constructor(counters: Counters, merge: (older: T, newer: T) => T) {
    this.#counters = counters;
    this.#merge = merge;
  }

  get empty(): boolean {
    return this.#waiting === undefined;
  }

  keep(message: Encoded<T>, encode: (message: T) => Encoded<T>): void {
    if (this.#waiting === undefined) {
      this.#waiting = message;
      this.#counters.waiting += 1;
      this.#counters.peak = 1;
    } else {
      this.#counters.dropped += 1;
      this.#waiting = encode(this.#merge(this.#waiting.message, message.message));
    }
  }

  take(): Encoded<T> | undefined {
    const message = this.#waiting;
    if (message === undefined) return undefined;
    this.#waiting = undefined;
    this.#counters.waiting -= 1;
    this.#counters.delivered += 1;
    return message;
  }

  pass(): void {
    this.#counters.delivered += 1;
  }

  close(): void {
    if (this.#waiting === undefined) return;
    this.#waiting = undefined;
    this.#counters.waiting -= 1;
    this.#counters.dropped += 1;
  }
}
