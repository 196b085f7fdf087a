import { status } from "@grpc/grpc-js";
import {
  asyncScheduler,
  defer,
  identity,
  mergeMap,
  type Observable,
  retry,
  type SchedulerLike,
  takeUntil,
  tap,
  throwError,
  timeout,
  timer,
} from "rxjs";
import { CallError } from "../errors/call-error.js";
import { isStatus } from "../errors/status-error.js";
import { ReportingObservable } from "../stream/reporting-observable.js";
import { type BackOff, checkMilliseconds, fullJitter } from "./back-off.js";
import { type CallOptions, deadlineFrom } from "./call-options.js";

/** An attempt has failed, and there will be another. */
export interface Retry<Cursor> {
  readonly error: unknown;
  /** How many attempts in a row have failed, this one included, since the last that got somewhere: 1, 2, 3 … */
  readonly attempt: number;
  /** How long the wait is that begins now, in milliseconds. */
  readonly delayMs: number;
  /** The position from which the next attempt goes on; undefined where no message has had one. */
  readonly after: Cursor | undefined;
}

/** What {@link resuming} takes: where messages stand, what is worth another attempt, and how long to wait for it. */
export interface ResumingOptions<T, Cursor> {
  /**
   * The position after `message`; undefined for one that has none, such as an acknowledgement: the position stays.
   * What it throws is an error of the attempt.
   */
  readonly cursor: (message: T) => Cursor | undefined;
  /** Where the first attempt begins: a position that was kept from an earlier run. Absent: wherever the server does. */
  readonly after?: Cursor | undefined;
  /**
   * Whether an attempt that failed with `error`, the `attempt`-th in a row, is worth another. UNAVAILABLE alone unless
   * told. It is the code that says "again, later, the same call". ABORTED asks for a new start at a higher level;
   * RESOURCE_EXHAUSTED may mean a quota of a day; DEADLINE_EXCEEDED is the caller's own. CANCELLED is what a server of
   * grpc-js that is stopped by force looks like (fact 18), and also what an aborted `signal` of the caller looks like,
   * which must not be repeated: add it where no signal is used.
   * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
   */
  readonly retryable?: ((error: unknown, attempt: number) => boolean) | undefined;
  /** How the waits grow: up to 200 ms at first, doubled at each failure, up to 30 s, unless told. */
  readonly backoff?: BackOff | undefined;
  /**
   * An attempt that gives no message for so many milliseconds is cancelled, and has failed UNAVAILABLE. It is for a
   * stream that is never silent for so long, such as one with heartbeats: longer than its longest silence, and than a
   * connection takes. Absent: none, and a peer that is silently gone is noticed by the channel's keepalive or never.
   */
  readonly idleMs?: number | undefined;
  /** Called before each wait, for a user who wants to know. What it throws ends the stream. */
  readonly onRetry?: ((retry: Retry<Cursor>) => void) | undefined;
  /**
   * Called when an attempt fails with OUT_OF_RANGE: the server has forgotten the position `lost`, so messages may be
   * missing. The next attempt begins, after a wait, at the position that it returns, or without one. What it throws
   * ends the stream. Absent: OUT_OF_RANGE ends it.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is the usual one
  readonly onGap?: ((error: CallError, lost: Cursor | undefined) => Cursor | undefined | void) | undefined;
  /**
   * The moment at which the stream fails with DEADLINE_EXCEEDED, be it in an attempt or in a wait. Each attempt is given
   * it, so that its server can know it. None by default.
   */
  readonly deadline?: Date | undefined;
  /** The same in milliseconds from each subscription. With `deadline` too, the earlier one counts. */
  readonly timeoutMs?: number | undefined;
  /** The clock of the waits, of `idleMs` and of the deadline; an asynchronous one. rxjs's `asyncScheduler` unless told. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Where the jitter comes from: a number from 0 to 1. `Math.random` unless told. */
  readonly random?: (() => number) | undefined;
}

/**
 * A stream that outlives its calls: when an attempt fails for a passing reason, it waits and begins another one where
 * the last has ended. It is for streams that are to last forever, or until a deadline that covers all attempts.
 *
 *     const { watch } = caller(VitalsService, client);
 *     const round$ = resuming((resumeAfter?: Cursor, options) => watch.observe({ ...wishes, resumeAfter }, options), {
 *       cursor: (round) => round.cursor,
 *       onRetry: ({ delayMs }) => say(`connection lost, again in ${delayMs} ms`),
 *       onGap: () => say("some rounds are lost"),
 *     });
 *
 * Cold: each subscription begins at `after` and remembers for itself; to unsubscribe, at any moment, cancels the
 * attempt or the wait. It completes as the attempt does. It fails with the very error of an attempt where that is not
 * `retryable`. If the server has forgotten the position, there is a gap: see `onGap`.
 *
 * No gap and no duplicate, where the server keeps its promise about positions. The position moves just *before* the
 * message is handed on, in the same turn: a subscriber that ends the attempt from inside its `next` would else be given
 * that message twice. A subscriber that throws has had the message. To continue after a crash of one's own, keep the
 * position when the message has been dealt with, and pass it as `after`.
 *
 * It has no back-pressure: an Observable cannot be asked to wait, and what is done with a message is to be done in the
 * turn in which it comes (fact 26).
 *
 * The waits grow exponentially, with full jitter, see {@link BackOff}. They begin anew after an attempt that got
 * somewhere, which is one that gave a message with a position, or lasted longer than the longest wait. To be connected,
 * or greeted, is not enough: a server that accepts every call and then fails would be called without a pause. Beneath,
 * the channel has a back-off of its own, of 1 s to 2 min, in which attempts fail at once: a client that is to be back
 * sooner sets `grpc.max_reconnect_backoff_ms`.
 *
 * @param subscribe makes a call that begins after a position; give it the options
 * @throws RangeError for times that no timer holds.
 */
export function resuming<T, Cursor>(
  subscribe: (after: Cursor | undefined, options: Pick<CallOptions, "deadline">) => Observable<T>,
  options: ResumingOptions<T, Cursor>,
): Observable<T> {
  const { cursor, retryable = isUnavailable, backoff = {}, idleMs, onRetry, onGap } = options;
  const { scheduler = asyncScheduler } = options;
  const random = options.random ?? Math.random;
  fullJitter(backoff, random);
  if (idleMs !== undefined) checkMilliseconds("idleMs", idleMs);
  deadlineFrom(options);

  function begin(after: Cursor | undefined, deadline: Date | undefined): Observable<T> {
    const message$ = subscribe(after, { deadline });
    if (idleMs === undefined) return message$;
    return message$.pipe(timeout({ each: idleMs, scheduler, with: () => throwError(() => silent(idleMs)) }));
  }

  const resumed$ = defer(() => {
    const waits = fullJitter(backoff, random);
    let after = options.after;
    let attempt = 0;
    let begunAt = 0;
    const moment = deadlineFrom(options, scheduler.now());
    const deadline = moment === undefined ? undefined : new Date(moment);
    let last: { readonly cause?: unknown } = {};

    function gotSomewhere(): void {
      attempt = 0;
      waits.reset();
    }

    return defer(() => {
      begunAt = scheduler.now();
      return begin(after, deadline);
    }).pipe(
      tap((message) => {
        const position = cursor(message);
        if (position === undefined) return;
        after = position;
        gotSomewhere();
      }),
      retry({
        delay(error: unknown) {
          if (scheduler.now() - begunAt > waits.maxMs) gotSomewhere();
          attempt += 1;
          last = { cause: error };
          if (onGap && isOutOfRange(error)) after = onGap(error, after) ?? undefined;
          else if (!retryable(error, attempt)) throw error;
          const delayMs = waits.next();
          onRetry?.({ error, attempt, delayMs, after });
          return timer(delayMs, scheduler);
        },
      }),
      deadline ? takeUntil(timer(deadline, scheduler).pipe(mergeMap(() => throwError(() => late(last))))) : identity,
    );
  });
  return new ReportingObservable("resuming", (subscriber) => resumed$.subscribe(subscriber));
}

function isUnavailable(error: unknown): boolean {
  return isStatus(error) && error.code === status.UNAVAILABLE;
}

function isOutOfRange(error: unknown): error is CallError {
  return isStatus(error) && error.code === status.OUT_OF_RANGE;
}

function late(options: { readonly cause?: unknown }): CallError {
  const details = "the deadline of the resumed stream passed";
  return new CallError("", { code: status.DEADLINE_EXCEEDED, details }, options);
}

function silent(idleMs: number): CallError {
  return new CallError("", { code: status.UNAVAILABLE, details: `no message came for ${idleMs} ms` });
}
