import type { Readable } from "node:stream";
import type { Observable, Subscriber } from "rxjs";
import { ReportingObservable } from "./reporting-observable.js";

/** Messages to loop over. You can loop over their iterators too: read the first message, and then the others. */
export interface Messages<T> extends AsyncIterable<T> {
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * The messages that arrive on a call. You read them in one of two ways; also reading them in the other is a TypeError.
 *
 * - pulled, with `for await`: only a few messages are read ahead, so a slow loop slows the sender (back-pressure).
 *   Leaving the loop pauses the stream: a second loop continues where the first one stopped.
 * - pushed, with {@link Incoming.observe}: the messages flow as fast as they arrive. Do not do slow work on them.
 *
 * They end when the client has half-closed, as far as that can be known (law L11). If the call is over earlier, they
 * fail: with the reason of `call.signal` if the peer ended the call, with CANCELLED if the handler did.
 */
export interface Incoming<T> extends Messages<T> {
  /**
   * The messages as a cold Observable that you may subscribe to once. Unsubscribing pauses the stream. An error that
   * the subscriber does not handle goes to the log, and does not end the process (law L25).
   */
  observe(): Observable<T>;
}

/** How a stream of incoming messages ended: well, or with the error, of any kind, that its reader gets. */
export type Ending = Record<never, never> | { readonly error: unknown };

/** Reads a grpc-js stream. The owner of the call says with {@link MessageReader.close} how the stream ended. */
export interface MessageReader<T> extends Incoming<T> {
  /** @param left called when the reader has unsubscribed, or the stream has ended */
  observe(left?: () => void): Observable<T>;
  /** The next message. Concurrent calls get the messages in order. */
  next(): Promise<IteratorResult<T, undefined>>;
  /**
   * The stream has ended. The first call counts, but an error replaces a good end that no reader has been told yet.
   * With `drain`, the reader first gets the messages that were received and not read: on a client, a status overtakes
   * messages that the Readable holds (fact 3). Without `drain` the reader gets nothing more: a server's handler whose
   * peer is gone is told so at once (law L3).
   */
  close(ending: Ending, drain: boolean): void;
}

interface Waiter<T> {
  /** The asker: each loop over the messages is one, and {@link MessageReader.next} is one. */
  readonly asker: object;
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const finished = { done: true, value: undefined } as const;

/**
 * How many messages are taken off the stream before the reader asks. Letting the stream flow costs less than asking for
 * each message. It is paused when this many messages wait, and flows again when half of them are read.
 */
export const prefetch = 8;

/**
 * A reader of `readable`, a grpc-js stream in object mode. It reads nothing before the first message is asked for.
 *
 * @param path the path of the method, for the log
 */
export function messageReader<T>(readable: Readable, path: string): MessageReader<T> {
  const ahead: T[] = [];
  let waiters: Waiter<T>[] = [];
  let mode: "unread" | "pulled" | "observed" = "unread";
  let ending: Ending | undefined;
  /** Whether a reader has been told the ending. */
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

  /** Takes what the stream still holds. `read` emits each message as 'data', whether the stream flows or not. */
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

  /** Ends the requests of a loop that was left: the next loop would miss a message that answers one of them. */
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
        // This comes first, because it refuses a second reader, whose end must not count as the end of the first.
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
      // If a loss is noticed before a reader has been told of a good end, the loss counts (law L11).
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
