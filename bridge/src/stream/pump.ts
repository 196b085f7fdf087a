import { isObservable, type Observable, Subject, takeUntil } from "rxjs";
import type { Encoded, Outgoing } from "./encoded.js";
import { Buffered, failWhenFull, type OverflowPolicy, ReaderTooSlow } from "./overflow.js";
import { isNodeStream, iterate, release } from "./reading.js";

/**
 * Where messages come from. The type decides who sets the pace: an iterable is *pulled*, so that a reader who waits
 * makes it wait; an Observable *pushes*, so that what the reader has not taken goes into a bounded outbox, with
 * `failWhenFull()` as its policy unless `buffered` names another. What is both iterable and an Observable is pushed.
 *
 * It is iterated or subscribed once for each call. A function is called for each call, and returns a new one. Pass a
 * function where there may be several calls, as with `retry` and `resuming`, and the source can be read once, as a
 * generator, a Node `Readable` and the messages of a call can: reading such a source again is a TypeError.
 *
 * When the call is over, the source is returned or unsubscribed, and a Node `Readable` is destroyed. A generator that is
 * in an `await` can be returned only when that settles (fact 25).
 */
export type Source<T> = SingleSource<T> | (() => SingleSource<T>);

type SingleSource<T> = Iterable<Outgoing<T>> | AsyncIterable<Outgoing<T>> | Observable<Outgoing<T>> | Buffered<T>;

/** The writing side of a call, as a pump sees it. */
export interface Outlet<T> {
  /**
   * Serialises the message, in the turn in which the source has given it: what becomes of the object later changes
   * nothing that goes out (law L21). Throws what the call is to end with.
   */
  accept(message: Outgoing<T>): Encoded<T>;
  /** Takes the message; false means: wait for {@link Pump.drained} before the next. */
  write(message: Encoded<T>): boolean;
  /** The source has ended. */
  end(): void;
  /** The source has failed. What it gave before has been written, unless its reader was too slow. */
  fail(error: unknown): void;
  /** The source has failed after the pump was stopped: the peer has gone, so this is for the log alone. */
  failedLate(error: unknown): void;
}

/** Moves a source's messages into an outlet, at the outlet's pace. */
export interface Pump {
  /**
   * Begins. Not before whoever makes the pump can stop it: a source may end its own call with its first message.
   *
   * @param room false if the outlet has none before {@link Pump.drained}: an Observable is subscribed nevertheless
   */
  start(room?: boolean): void;
  /** The outlet has room again. Without need it is harmless. */
  drained(): void;
  /** The call is over: finalises the source at once and writes nothing more. May be called again, and after the end. */
  stop(): void;
}

/**
 * Moves `source` into `outlet`, once it is started. One of `end` and `fail` is called, once, unless it is stopped first.
 */
export function pump<T>(source: Source<T>, outlet: Outlet<T>): Pump {
  return typeof source === "function" ? pumpMade(source, outlet) : pumpGiven(source, outlet);
}

function pumpGiven<T>(source: SingleSource<T>, outlet: Outlet<T>): Pump {
  if (source instanceof Buffered) return pumpPushed(source.source, source.policy, outlet);
  return isObservable(source) ? pumpPushed(source, failWhenFull(), outlet) : pumpPulled(source, outlet);
}

/** Calls `make` when the call begins, and never if the call is over before. */
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
      // What was called may have ended the call.
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

/** Where the compiler has not looked, anything may be given for a source. */
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

  /** Resolves when the outlet has room again. */
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
      // Only what is a promise is awaited: a synchronous source keeps its synchronous pace.
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
    finalise();
  }

  /** There is nothing to return any more. A stream of Node may be open, if it was made not to destroy itself. */
  function hasEnded(): void {
    if (nodeStream) finalise();
    exhausted = true;
  }

  /**
   * Gives the source its chance to clean up, once. A generator suspended at `yield` runs its `finally` now; one that
   * is inside an `await` does so when that settles, and no power of ours makes it sooner (fact 25).
   */
  function finalise(): void {
    if (exhausted || !readable) return;
    exhausted = true;
    release(source, iterator, outlet.failedLate).catch(outlet.failedLate);
  }

  function failed(error: unknown): void {
    // What `next` has thrown is exhausted by that; what the outlet has thrown leaves a source to be finalised.
    if (inNext) hasEnded();
    if (stopped) {
      // A stream of Node that was destroyed says here only that it was.
      if (!nodeStream) outlet.failedLate(error);
      return;
    }
    stopped = true;
    finalise();
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
      // A synchronous generator that is stopped from inside its own `next` cannot be returned there: `pull` does it.
      if (!(inNext && iterator && !(Symbol.asyncIterator in source))) finalise();
    },
  };
}

function pumpPushed<T>(source: Observable<Outgoing<T>>, policy: OverflowPolicy<T>, outlet: Outlet<T>): Pump {
  const outbox = policy.open();
  const stopping = new Subject<void>();
  let blocked = false;
  let subscribing = false;
  /** The source has said, or shown, how the call is to end, once what waits has gone. */
  let ending: (() => void) | undefined;
  let over = false;

  function finish(how: () => void): void {
    if (over) return;
    over = true;
    stopping.next();
    outbox.close();
    how();
  }

  /** Not before what waits has gone, and at once where nothing does (law L9). */
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
      // Who is too slow for its outbox would be too slow for what waits in it. Any other error comes after that.
      if (error instanceof ReaderTooSlow) finish(() => outlet.fail(subscribing ? gaveAllAtOnce(error) : error));
      else endWith(() => outlet.fail(error));
    }
  }

  return {
    start(room = true) {
      if (over) return;
      blocked = !room;
      subscribing = true;
      // Not `subscribe` and `unsubscribe`: a source that emits while it is being subscribed could not be stopped so.
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

/** The same end of a call, of which the reader is not the cause: it could take nothing yet. */
function gaveAllAtOnce({ waiting, patienceMs }: ReaderTooSlow): ReaderTooSlow {
  const details =
    `the source is an Observable that gave more than ${waiting} messages when it was subscribed, before a reader could ` +
    "take any: return the iterable itself, which waits for its reader, and not an Observable of it";
  return new ReaderTooSlow(waiting, patienceMs, details);
}

/**
 * From this size on, in bytes, the next message waits until this one has left the stream object. Node counts objects
 * there, and sixteen of 4 MiB each are as welcome to it as sixteen of 40 bytes.
 */
const large = 16 * 1024;

/** What a call of grpc-js has for its writer. */
export interface Writer<T, Written = Encoded<T>> {
  readonly writableLength: number;
  on(event: "drain", listener: () => void): unknown;
  write(message: Written, left?: () => void): boolean;
}

/**
 * How a bridged call is written to: the function writes a message, and says whether there is room for the next. Where
 * there is none, `drained` is called when there is.
 *
 * After a cancel there is no 'drain' any more (fact 6): a writer that waits for it is stopped when the call ends.
 */
export function roomFor<T>(call: Writer<T>, drained: () => void): (message: Encoded<T>) => boolean {
  // One listener for the whole call.
  call.on("drain", drained);
  // Behind a write window a large message is told to have left long after the next one has taken its place.
  const left = () => {
    if (call.writableLength === 0) drained();
  };
  return (message) => {
    if (message.bytes.length < large) return call.write(message);
    call.write(message, left);
    return call.writableLength === 0;
  };
}
