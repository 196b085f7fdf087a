import { status } from "@grpc/grpc-js";
import type { Observable } from "rxjs";
import { StatusError } from "../../errors/status-error.js";
import type { Encoded, Outgoing } from "../encoded.js";

/** Milliseconds: 24.8 days, the most that a timer of Node holds. With a longer time it fires after 1 ms. */
export const longestTimerMs = 2 ** 31 - 1;

/**
 * What happens to the messages of an Observable that its reader has not taken yet. An Observable cannot be asked to
 * wait, so something must be dropped, or the call must end. No policy is without a bound. One object may serve any
 * number of calls: each call has its own outbox, and the counters are for all of them together.
 */
export interface OverflowPolicy<T> {
  readonly counters: OverflowCounters;
  /** Makes the outbox of one call. */
  open(): Outbox<T>;
}

/**
 * How many messages there were since the policy was made, over all calls that it served. Produced is always
 * `delivered + dropped + waiting` (law L6). It is the policy's own object: read it again for newer numbers.
 */
export interface OverflowCounters {
  /** Passed on to their calls. */
  readonly delivered: number;
  /** Not delivered: the policy has dropped them, or the call has ended. */
  readonly dropped: number;
  /** In the outboxes now. */
  readonly waiting: number;
  /** The most that waited in one outbox at the same time. */
  readonly peak: number;
}

/** The messages that wait for the reader of one call. */
export interface Outbox<T> {
  /** Whether no message waits. */
  readonly empty: boolean;
  /**
   * Keeps a message for which the call has no room. A bound counts it as {@link Encoded.count} messages; a message that
   * a hub replays counts as none.
   *
   * @param encode serializes a message that the policy makes of two
   * @throws ReaderTooSlow if the call must end instead
   */
  keep(message: Encoded<T>, encode: (message: T) => Encoded<T>): void;
  /** Removes and returns the oldest waiting message; undefined if there is none. */
  take(): Encoded<T> | undefined;
  /** Counts a message that is sent without waiting. The counters are those of the policy. */
  readonly counters: { delivered: number };
  /** The call is over: drops the waiting messages. */
  close(): void;
}

/** The end of a call whose reader was too slow for its outbox. The `keep` of an {@link Outbox} throws it. */
export class ReaderTooSlow extends StatusError {
  /** How many messages were waiting. */
  readonly waiting: number;
  /** How long, in milliseconds, the reader has to take this status before it is reported as stalled. */
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

/** An Observable with its overflow policy, which is a source of messages like any other. {@link buffered} makes one. */
export class Buffered<T> {
  readonly source: Observable<Outgoing<T>>;
  readonly policy: OverflowPolicy<T>;

  constructor(source: Observable<Outgoing<T>>, policy: OverflowPolicy<T>) {
    this.source = source;
    this.policy = policy;
  }
}

/**
 * Says what happens to the messages of `source` that a slow reader has not taken. Without it, an Observable that a
 * handler returns, or that a caller sends, gets {@link failWhenFull} with its defaults.
 *
 * Make the policy once, outside the handler: a policy that is made inside the handler counts only one call. The types
 * of the messages must be the same: annotate an Observable whose messages are narrower, `Observable<WatchResponse>`.
 */
export function buffered<T>(source: Observable<Outgoing<NoInfer<T>>>, policy: OverflowPolicy<T>): Buffered<T> {
  return new Buffered(source, policy);
}
