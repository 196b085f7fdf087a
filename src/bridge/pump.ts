import { status } from "@grpc/grpc-js";
import { isObservable, type Observable, Subject, takeUntil } from "rxjs";
import { StatusError } from "./status-error.js";

/**
 * Where messages come from. The type decides who sets the pace: an iterable is *pulled*, so that a reader who waits
 * makes it wait; an Observable *pushes*, so that what the reader has not taken is kept in a bounded buffer.
 */
export type Source<T> = Iterable<T> | AsyncIterable<T> | Observable<T>;

/** The writing side of a call, as a pump sees it. */
export interface Outlet<T> {
  /** Takes the message; false means: wait for {@link Pump.drained} before the next. */
  write(message: T): boolean;
  /** The source has ended. */
  end(): void;
  /** The source has failed. What it gave before has been written. */
  fail(error: unknown): void;
  /** The source has failed after the pump was stopped: the peer has gone, so this is for the log alone. */
  failedLate(error: unknown): void;
}

/** Moves a source's messages into an outlet, at the outlet's pace. */
export interface Pump {
  /** The outlet has room again: grpc-js's 'drain'. */
  drained(): void;
  /** The call is over: finalises the source at once and writes nothing more. May be called again, and after the end. */
  stop(): void;
}

/**
 * How many messages of an Observable may wait for a slow reader. Beyond it the call ends RESOURCE_EXHAUSTED: an
 * Observable has no way to wait, and a queue without a bound ends in an out-of-memory crash that takes every call
 * along.
 */
export const pushBufferSize = 1024;

/**
 * Starts to move `source` into `outlet` at once. One of `end` and `fail` is called, once, unless it is stopped first.
 */
export function pump<T>(source: Source<T>, outlet: Outlet<T>): Pump {
  return isObservable(source) ? pumpPushed(source, outlet) : pumpPulled(source, outlet);
}

function pumpPulled<T>(source: Iterable<T> | AsyncIterable<T>, outlet: Outlet<T>): Pump {
  let iterator: Iterator<T> | AsyncIterator<T> | undefined;
  let inNext = false;
  let exhausted = false;
  let stopped = false;
  let resume: (() => void) | undefined;

  function drained(): void {
    resume?.();
    resume = undefined;
  }

  async function pull(): Promise<void> {
    const asynchronous = Symbol.asyncIterator in source;
    const pulled = asynchronous ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    iterator = pulled;
    while (!stopped) {
      inNext = true;
      const next = pulled.next();
      // Only what is a promise is awaited: a synchronous source keeps its synchronous pace.
      const result = asynchronous ? await next : (next as IteratorResult<T>);
      inNext = false;
      if (stopped) break;
      if (result.done) {
        exhausted = true;
        outlet.end();
        return;
      }
      if (!outlet.write(result.value)) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
    }
    finalise();
  }

  /**
   * Gives the source its chance to clean up, once. A generator suspended at `yield` runs its `finally` now; one that
   * is inside an `await` does so when that settles, and no power of ours makes it sooner (fact 25).
   */
  function finalise(): void {
    if (exhausted) return;
    exhausted = true;
    try {
      Promise.resolve(iterator?.return?.()).catch(outlet.failedLate);
    } catch (error) {
      outlet.failedLate(error);
    }
  }

  pull().catch((error: unknown) => {
    // What `next` has thrown is exhausted by that; what `write` has thrown leaves a source to be finalised.
    if (inNext) exhausted = true;
    if (stopped) {
      outlet.failedLate(error);
      return;
    }
    stopped = true;
    finalise();
    outlet.fail(error);
  });

  return {
    drained,
    stop() {
      if (stopped) return;
      stopped = true;
      drained();
      // A synchronous generator that is stopped from inside its own `next` cannot be returned there: `pull` does it.
      if (!(inNext && iterator && !(Symbol.asyncIterator in source))) finalise();
    },
  };
}

function pumpPushed<T>(source: Observable<T>, outlet: Outlet<T>): Pump {
  const queue: T[] = [];
  const stopping = new Subject<void>();
  let blocked = false;
  let over = false;
  let ending: (() => void) | undefined;

  function finish(how: () => void): void {
    if (over) return;
    over = true;
    queue.length = 0;
    stopping.next();
    how();
  }

  function write(message: T): void {
    try {
      blocked = !outlet.write(message);
    } catch (error) {
      finish(() => outlet.fail(error));
    }
  }

  function endWhenEmpty(): void {
    if (ending && queue.length === 0) finish(ending);
  }

  // Not `subscribe` and `unsubscribe`: a source that emits while it is being subscribed could not be stopped by them.
  source.pipe(takeUntil(stopping)).subscribe({
    next(message) {
      if (!blocked) write(message);
      else if (queue.length < pushBufferSize) queue.push(message);
      else finish(() => outlet.fail(overflow()));
    },
    error(error: unknown) {
      ending = () => outlet.fail(error);
      endWhenEmpty();
    },
    complete() {
      ending = () => outlet.end();
      endWhenEmpty();
    },
  });

  return {
    drained() {
      blocked = false;
      while (!blocked && !over && queue.length > 0) write(queue.shift() as T);
      endWhenEmpty();
    },
    stop() {
      finish(() => {});
    },
  };
}

function overflow(): StatusError {
  return new StatusError(
    status.RESOURCE_EXHAUSTED,
    `the reader is too slow: ${pushBufferSize} messages were waiting for it`,
  );
}
