import type { Readable } from "node:stream";
import type { Observable, Subscriber } from "rxjs";
import { ReportingObservable } from "./reporting-observable.js";

/** Messages to loop over. Their iterators can be looped over too: read the first message, and then the others. */
export interface Messages<T> extends AsyncIterable<T> {
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * The messages that come in on a call, in one of two ways, and only one of them:
 *
 * - pulled, by `for await`: a few messages are read ahead and no more, so that a slow loop slows the sender
 *   (back-pressure). To leave the loop is to pause: a second loop continues where the first one stopped.
 * - pushed, by {@link Incoming.observe}: the messages flow as fast as they come. Do not do slow work on them.
 *
 * They end when the client has half-closed, as far as that can be known (law L11). Where the call is over before that
 * they fail: with the reason of `call.signal` if the peer has ended it, with CANCELLED if the handler has. Whoever reads
 * in the other way as well gets a TypeError.
 */
export interface Incoming<T> extends Messages<T> {
  /**
   * The messages as a cold Observable that may be subscribed once; unsubscribing pauses the stream. An error that its
   * subscriber does not handle goes to the log, and not to the process (law L25).
   */
  observe(): Observable<T>;
}

/**
 * How a stream of incoming messages has ended: well, or with the error, of any kind, that whoever reads it is to see.
 */
export type Ending = Record<never, never> | { readonly error: unknown };

/** Reads a grpc-js stream; whoever owns the call says with {@link MessageReader.close} how it has ended. */
export interface MessageReader<T> extends Incoming<T> {
  /** @param left called when the reader has unsubscribed, or the stream has ended */
  observe(left?: () => void): Observable<T>;
  /** The next message; concurrent calls are answered in order. */
  next(): Promise<IteratorResult<T, undefined>>;
  /**
   * The stream has ended; the first word counts, but for an error after a good end that nobody has been told yet. With `drain`, what has been received and not yet read is still
   * delivered before the ending: on a client, a status overtakes messages that the Readable holds already (fact 3).
   * Without it nothing more is delivered: a server's handler whose peer has gone is told so at once (law L3).
   */
  close(ending: Ending, drain: boolean): void;
}

interface Waiter<T> {
  /** Who has asked: each loop over the messages, and {@link MessageReader.next}, is one asker. */
  readonly asker: object;
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const finished = { done: true, value: undefined } as const;

/**
 * How many messages are taken off the stream ahead of whoever pulls. To let a stream flow costs less than to ask it for
 * each message; it is paused when so many wait, and flows again when half of them are gone.
 */
export const prefetch = 8;

/**
 * A reader over `readable`, a grpc-js stream in object mode. Nothing is read before somebody asks.
 *
 * @param path the path of the method, for the log
 */
export function messageReader<T>(readable: Readable, path: string): MessageReader<T> {
  const ahead: T[] = [];
  let waiters: Waiter<T>[] = [];
  let mode: "unread" | "pulled" | "observed" = "unread";
  let ending: Ending | undefined;
  /** Whether somebody has been told the ending. */
  let told = false;
  let discarding = false;
  let subscriber: Subscriber<T> | undefined;

  function claim(wanted: "pulled" | "observed", receive: (message: T) => void): void {
    if (mode === "pulled" && wanted === "pulled") return;
    if (mode !== "unread") throw new TypeError(`the messages of this call are being ${mode} already`);
    mode = wanted;
    readable.on("data", receive);
    if (ending && !discarding) takeRest();
  }

  /** What the stream holds still, each by 'data', which `read` emits whether the stream flows or not. */
  function takeRest(): void {
    while (readable.read() !== null);
  }

  function keep(message: T): void {
    if (discarding) return;
    const waiter = waiters.shift();
    if (waiter) {
      waiter.resolve({ done: false, value: message });
      return;
    }
    ahead.push(message);
    if (ahead.length === prefetch) readable.pause();
  }

  function takeAhead(): T | undefined {
    const message = ahead.shift();
    if (ahead.length === prefetch / 2) readable.resume();
    return message;
  }

  function ask(asker: object): Promise<IteratorResult<T, undefined>> {
    const message = takeAhead();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    return new Promise((resolve, reject) => {
      waiters.push({ asker, resolve, reject });
      try {
        claim("pulled", keep);
      } catch (error) {
        waiters.pop();
        throw error;
      }
      if (ending) tellWaiters(ending);
    });
  }

  function tellWaiters(how: Ending): void {
    for (const waiter of waiters.splice(0)) {
      told = true;
      if ("error" in how) waiter.reject(how.error);
      else waiter.resolve(finished);
    }
  }

  /** A message that came for a loop that has been left would be lost to the one that goes on. */
  function leave(asker: object): void {
    const left = waiters.filter((waiter) => waiter.asker === asker);
    waiters = waiters.filter((waiter) => waiter.asker !== asker);
    for (const waiter of left) waiter.resolve(finished);
  }

  function iterator(): AsyncIterableIterator<T, undefined> {
    const loop = {};
    return {
      next: () => ask(loop),
      async return() {
        leave(loop);
        return finished;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  function finishSubscriber(): void {
    if (!subscriber || !ending) return;
    told = true;
    if ("error" in ending) subscriber.error(ending.error);
    else subscriber.complete();
  }

  return {
    next: () => ask(readable),
    [Symbol.asyncIterator]: iterator,
    observe: (left) =>
      new ReportingObservable<T>(path, (observer) => {
        const deliver = (message: T) => observer.next(message);
        // First, for it refuses a second reader, whose end must not be taken for the end of the first.
        claim("observed", deliver);
        subscriber = observer;
        observer.add(left);
        observer.add(() => {
          readable.off("data", deliver);
          readable.pause();
        });
        finishSubscriber();
      }),
    close(how, drain) {
      // A loss that comes to light before anybody has been told of a good end is the truth about it (law L11).
      if (told || (ending && ("error" in ending || !("error" in how)))) return;
      if (drain && mode !== "unread") takeRest();
      discarding = !drain;
      if (discarding) ahead.length = 0;
      ending = how;
      tellWaiters(how);
      finishSubscriber();
    },
  };
}
