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
import { ReportingObservable } from "../stream/receive/reporting-observable.js";
import { type BackOff, checkMilliseconds, fullJitter } from "./back-off.js";
import { type CallOptions, deadlineFrom } from "./call-options.js";

/** An attempt has failed, and another one follows. */
export interface Retry<Cursor> {
  readonly error: unknown;
  /** How many attempts in a row have failed since one got somewhere, including this one: 1, 2, 3 … */
  readonly attempt: number;
  /** How long the wait is that begins now, in milliseconds. */
  readonly delayMs: number;
  /** The position after which the next attempt continues; undefined if no message had a position. */
  readonly after: Cursor | undefined;
}

/** The options of {@link resuming}: the positions of messages, which errors to retry, and how long to wait. */
export interface ResumingOptions<T, Cursor> {
  /**
   * The position after `message`; undefined if the message has none, such as an acknowledgement: the position then
   * stays. An error that it throws is an error of the attempt.
   */
  readonly cursor: (message: T) => Cursor | undefined;
  /** Where the first attempt begins: a position from an earlier run. By default the server decides. */
  readonly after?: Cursor | undefined;
  /**
   * Whether to retry after an attempt that failed with `error`, the `attempt`-th in a row. By default only UNAVAILABLE
   * is retried, the code for "again, later, the same call".
   *
   * A grpc-js server that is stopped by force looks like CANCELLED (fact 18). So does an aborted `signal` of the
   * caller, which must not be retried: add CANCELLED only if you use no signal.
   * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
   */
  readonly retryable?: ((error: unknown, attempt: number) => boolean) | undefined;
  /** How the waits grow: by default at most 200 ms at first, doubled at each failure, and at most 30 s. */
  readonly backoff?: BackOff | undefined;
  /**
   * An attempt that gives no message for this many milliseconds fails with UNAVAILABLE; none by default. Use it for a
   * stream that is never silent for so long, such as one with heartbeats. Without it, only the channel's keepalive can
   * notice that a peer is silently gone.
   */
  readonly idleMs?: number | undefined;
  /** Called before each wait, for example to tell a user. An error that it throws ends the stream. */
  readonly onRetry?: ((retry: Retry<Cursor>) => void) | undefined;
  /**
   * Called when an attempt fails with OUT_OF_RANGE: the server has forgotten the position `lost`, so messages may be
   * missing. After a wait the next attempt begins at the position that it returns, or without one. An error that it
   * throws ends the stream. Absent: OUT_OF_RANGE ends the stream, unless `retryable` says otherwise.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is the usual one
  readonly onGap?: ((error: CallError, lost: Cursor | undefined) => Cursor | undefined | void) | undefined;
  /**
   * The moment at which the stream fails with DEADLINE_EXCEEDED, in an attempt or in a wait; none by default. Each
   * attempt gets it, so that its server can know it.
   */
  readonly deadline?: Date | undefined;
  /** The same in milliseconds from each subscription. If `deadline` is set too, the earlier one counts. */
  readonly timeoutMs?: number | undefined;
  /** The clock of the waits, of `idleMs` and of the deadline. Only an asynchronous one; `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike | undefined;
  /** The source of the jitter: numbers from 0 to 1; `Math.random` by default. */
  readonly random?: (() => number) | undefined;
}

/**
 * A stream that outlives its calls: when an attempt fails for a temporary reason, it waits, and begins another attempt
 * where the last one ended. Use it for streams that last forever, or until a deadline that covers all attempts.
 *
 *     const { watch } = caller(VitalsService, client);
 *     const round$ = resuming((resumeAfter?: Cursor, options) => watch.observe({ ...wishes, resumeAfter }, options), {
 *       cursor: (round) => round.cursor,
 *       onRetry: ({ delayMs }) => say(`connection lost, again in ${delayMs} ms`),
 *       onGap: () => say("some rounds are lost"),
 *     });
 *
 * It is cold: each subscription begins at `after` and keeps its own position. Unsubscribing cancels the attempt or the
 * wait. The stream completes when an attempt completes, and fails with the error of an attempt that is not `retryable`.
 *
 * There is no gap and no duplicate if the server keeps its promise about positions. The position moves just *before*
 * the message is passed on, so a subscriber that ends the attempt inside `next` does not get that message twice. To
 * continue after a crash of your program, save the position after you have handled the message, and pass it as `after`.
 *
 * It has no back-pressure, so handle each message in the turn in which it comes (fact 26).
 *
 * The waits grow exponentially, with full jitter, see {@link BackOff}. They are reset after an attempt that gave a
 * message with a position, or lasted longer than the longest wait. A greeting does not reset them: otherwise a server
 * that accepts every call and then fails would be called without a pause. The channel has its own back-off of 1 s to 2
 * min, in which attempts fail at once: to be back sooner, set `grpc.max_reconnect_backoff_ms`.
 *
 * @param subscribe makes a call that begins after a position; give it the options
 * @throws RangeError for times that no timer holds
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
      if (attempt === 0) return;
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
