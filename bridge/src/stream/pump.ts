import { isObservable, type Observable, Subject, takeUntil } from "rxjs";
import type { Encoded, Outgoing } from "./encoded.js";
import { Buffered, failWhenFull, type OverflowPolicy, ReaderTooSlow } from "./overflow.js";
import { isNodeStream, iterate, release } from "./reading.js";

/**
 * The messages that a call sends. The type of the source decides the pace. An iterable is *pulled*: it waits while the
 * reader waits. An Observable *pushes*: messages that the reader has not taken yet wait in a bounded outbox, under the
 * policy of `buffered`, or `failWhenFull()` without one. An object that is both an iterable and an Observable is
 * pushed.
 *
 * Each call iterates or subscribes to the source once. A function is called once for each call, and returns a new
 * source. Pass a function if there may be several calls, as with `retry` and `resuming`, and the source can be read
 * only once: a generator, a Node `Readable`, the messages of a call. Reading such a source again is a TypeError.
 *
 * When the call is over, the bridge calls `return` of the iterator, unsubscribes from the Observable, or destroys the
 * Node `Readable`. A generator that is in an `await` can return only when the `await` settles (fact 25).
 */
export type Source<T> = SingleSource<T> | (() => SingleSource<T>);

type SingleSource<T> = Iterable<Outgoing<T>> | AsyncIterable<Outgoing<T>> | Observable<Outgoing<T>> | Buffered<T>;

/** The writing side of a call, as a pump sees it. */
export interface Outlet<T> {
  /**
   * Serializes the message in the turn in which the source gives it, so a later change of the object is not sent (law
   * L21). If it throws, the call ends with that error.
   */
  accept(message: Outgoing<T>): Encoded<T>;
  /** Takes the message. After false, wait for {@link Pump.drained} before the next message. */
  write(message: Encoded<T>): boolean;
  /** The source has ended. */
  end(): void;
  /** The source has failed. Its earlier messages have been written, unless the reader was too slow. */
  fail(error: unknown): void;
  /** The source has failed after the pump was stopped. The call is over, so only the log gets the error. */
  failedLate(error: unknown): void;
}

/** Moves a source's messages into an outlet, at the outlet's pace. */
export interface Pump {
  /**
   * Starts to read the source. First make sure that you can call {@link stop}: the first message may end the call.
   *
   * @param room false if the outlet has no room before {@link drained}; an Observable is subscribed nevertheless
   */
  start(room?: boolean): void;
  /** The outlet has room again. Safe to call at any time. */
  drained(): void;
  /** The call is over: finalizes the source at once and writes nothing more. May be called again, and after the end. */
  stop(): void;
}

/**
 * Moves `source` into `outlet` after it is started. It calls either `end` or `fail`, once, unless it is stopped first.
 */
export function pump<T>(source: Source<T>, outlet: Outlet<T>): Pump {
  return typeof source === "function" ? pumpMade(source, outlet) : pumpGiven(source, outlet);
}

function pumpGiven<T>(source: SingleSource<T>, outlet: Outlet<T>): Pump {
  if (source instanceof Buffered) return pumpPushed(source.source, source.policy, outlet);
  return isObservable(source) ? pumpPushed(source, failWhenFull(), outlet) : pumpPulled(source, outlet);
}

/** Calls `make` when the call begins, and never if the call is over before that. */
function pumpMade<T>(make: () => SingleSource<T>, outlet: Outlet<T>): Pump {
  let made: Pump | undefined;
  let stopped = false;
  return {
    start(room) {
      if (stopped) return;
      try {
        made = pumpGiven(make(), outlet);
      } catch (error) {
        if (stopped) outlet.failedLate(error);
        else outlet.fail(error);
        return;
      }
      // `make` may have ended the call.
      if (stopped) made.stop();
      else made.start(room);
    },
    drained: () => made?.drained(),
    stop() {
      stopped = true;
      made?.stop();
    },
  };
}

/** Code without type checks may pass any value as a source. */
function isIterable(source: unknown): boolean {
  return typeof source === "object" && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source);
}

function pumpPulled<T>(source: Iterable<Outgoing<T>> | AsyncIterable<Outgoing<T>>, outlet: Outlet<T>): Pump {
  const readable = isIterable(source);
  const nodeStream = readable && isNodeStream(source);
  let iterator: Iterator<Outgoing<T>> | AsyncIterator<Outgoing<T>> | undefined;
  let inNext = false;
  let exhausted = false;
  let stopped = false;
  let resume: (() => void) | undefined;

  function drained(): void {
    resume?.();
    resume = undefined;
  }

  /** Resolves when the outlet has room again, or when the pump is stopped. */
  function drain(): Promise<void> {
    return new Promise<void>((resolve) => {
      resume = resolve;
    });
  }

  async function pull(room: boolean): Promise<void> {
    if (!room) await drain();
    if (stopped) return;
    if (!readable) {
      const what = source === null ? "null" : `a value of type ${typeof source}`;
      throw new TypeError(`messages come from an iterable, an async iterable or an Observable, and this is ${what}`);
    }
    const asynchronous = Symbol.asyncIterator in source;
    const pulled = iterate(source);
    iterator = pulled;
    while (!stopped) {
      inNext = true;
      const next = pulled.next();
      // A synchronous iterator is not awaited, because an `await` per message would slow it down.
      const result = asynchronous ? await next : (next as IteratorResult<Outgoing<T>>);
      inNext = false;
      if (stopped) break;
      if (result.done) {
        hasEnded();
        outlet.end();
        return;
      }
      if (!outlet.write(outlet.accept(result.value))) await drain();
    }
    finalize();
  }

  /** The iterator has ended and needs no `return`. A Node stream may still be open, if its `autoDestroy` is false. */
  function hasEnded(): void {
    if (nodeStream) finalize();
    exhausted = true;
  }

  /**
   * Lets the source clean up, once. A generator that is suspended at a `yield` runs its `finally` now. A generator that
   * is in an `await` runs it when the `await` settles, and the bridge cannot make that sooner (fact 25).
   */
  function finalize(): void {
    if (exhausted || !readable) return;
    exhausted = true;
    release(source, iterator, outlet.failedLate).catch(outlet.failedLate);
  }

  function failed(error: unknown): void {
    // An iterator has ended when its `next` throws. If the outlet threw, the source must still be finalized.
    if (inNext) hasEnded();
    if (stopped) {
      // The error of a destroyed Node stream only says that it was destroyed.
      if (!nodeStream) outlet.failedLate(error);
      return;
    }
    stopped = true;
    finalize();
    outlet.fail(error);
  }

  return {
    start(room = true) {
      pull(room).catch(failed);
    },
    drained,
    stop() {
      if (stopped) return;
      stopped = true;
      drained();
      // A synchronous generator cannot be returned inside its own `next`, so `pull` returns it later.
      if (!(inNext && iterator && !(Symbol.asyncIterator in source))) finalize();
    },
  };
}

function pumpPushed<T>(source: Observable<Outgoing<T>>, policy: OverflowPolicy<T>, outlet: Outlet<T>): Pump {
  const outbox = policy.open();
  const stopping = new Subject<void>();
  let blocked = false;
  let subscribing = false;
  /** Ends the call after the waiting messages. Set when the source ends or fails, or when a message is not accepted. */
  let ending: (() => void) | undefined;
  let over = false;

  function finish(how: () => void): void {
    if (over) return;
    over = true;
    stopping.next();
    outbox.close();
    how();
  }

  /** Ends the call after the waiting messages are sent, or at once if none wait (law L9). */
  function endWith(how: () => void): void {
    ending ??= how;
    stopping.next();
    if (outbox.empty) finish(ending);
  }

  function send(message: Encoded<T>): void {
    try {
      blocked = !outlet.write(message);
    } catch (error) {
      finish(() => outlet.fail(error));
    }
  }

  function offer(message: Outgoing<T>): void {
    if (ending || over) return;
    try {
      const accepted = outlet.accept(message);
      if (blocked) {
        outbox.keep(accepted, outlet.accept);
      } else {
        outbox.pass();
        send(accepted);
      }
    } catch (error) {
      // A reader that is too slow for its outbox is too slow for the messages in it. Other errors come after them.
      if (error instanceof ReaderTooSlow) finish(() => outlet.fail(subscribing ? gaveAllAtOnce(error) : error));
      else endWith(() => outlet.fail(error));
    }
  }

  return {
    start(room = true) {
      if (over) return;
      blocked = !room;
      subscribing = true;
      // `takeUntil`, because a source that emits while it is being subscribed could not be stopped by `unsubscribe`.
      source.pipe(takeUntil(stopping)).subscribe({
        next: offer,
        error: (error: unknown) => endWith(() => outlet.fail(error)),
        complete: () => endWith(() => outlet.end()),
      });
      subscribing = false;
    },
    drained() {
      blocked = false;
      while (!blocked && !over) {
        const message = outbox.take();
        if (message === undefined) break;
        send(message);
      }
      if (ending && outbox.empty) finish(ending);
    },
    stop() {
      finish(() => {});
    },
  };
}

/** The same status with another text. The reader is not the cause, because it could not take anything yet. */
function gaveAllAtOnce({ waiting, patienceMs }: ReaderTooSlow): ReaderTooSlow {
  const details =
    `the source is an Observable that gave more than ${waiting} messages when it was subscribed, before a reader could ` +
    "take any: return the iterable itself, which waits for its reader, and not an Observable of it";
  return new ReaderTooSlow(waiting, patienceMs, details);
}

/**
 * The size in bytes from which a message must leave the stream object before the next one may enter. Node counts
 * objects there, so it would hold sixteen messages of 4 MiB as readily as sixteen of 40 bytes.
 */
const large = 16 * 1024;

/** The part of a grpc-js call that writes messages. */
export interface Writer<T, Written = Encoded<T>> {
  readonly writableLength: number;
  on(event: "drain", listener: () => void): unknown;
  write(message: Written, left?: () => void): boolean;
}

/**
 * Returns the function that writes a message to a bridged call, and says whether there is room for the next one. If
 * there is none, `drained` is called when there is.
 *
 * After a cancel 'drain' never comes (fact 6), so a writer that waits for it must be stopped when the call ends.
 */
export function roomFor<T>(call: Writer<T>, drained: () => void): (message: Encoded<T>) => boolean {
  // One listener per call, not one per write (fact 6).
  call.on("drain", drained);
  // With a write window, this callback can come long after the next message has taken the place of this one.
  const left = () => {
    if (call.writableLength === 0) drained();
  };
  return (message) => {
    if (message.bytes.length < large) return call.write(message);
    call.write(message, left);
    return call.writableLength === 0;
  };
}
