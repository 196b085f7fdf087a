import { setMaxListeners } from "node:events";
import { reportLate } from "../../errors/diagnostics.js";
import { aborted } from "../aborted.js";
import { iterate, release } from "../reading.js";
import type { Ending, Messages } from "./incoming.js";

/** The options of {@link mapOnDemand}. */
export interface MapOnDemandOptions {
  /** How many messages may be between the source and the reader of the results: an integer, 1 by default. */
  readonly concurrency?: number | undefined;
  /** Ends the iteration when it aborts: `return` of the source is called, and the reader gets the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Turns each message of `source` into a result with `project`, which may return a promise. The results come in the
 * order of the source.
 *
 *     implement(DialogueService, {
 *       pingPong: (balls, { signal }) => mapOnDemand(balls, (ball) => stroke(ball), { concurrency: 8, signal }),
 *       …
 *     })
 *
 * Both sides are pulled, so nothing queues: at most `concurrency` messages are between the source and the reader of the
 * results. A slow `project` and a slow reader make the sender wait. `mergeMap` and `concatMap` of RxJS cannot do that:
 * they queue messages without a bound (fact 26).
 *
 * It is cold: nothing is read before the first `next`, and each iteration iterates the source. An error of the source
 * or of `project` comes after the results of earlier messages, and `return` of the source is called at once.
 *
 * Leaving the loop calls `return` too, and drops the results of projections that still run. It does not wait, because a
 * generator in an `await` cannot end before the `await` settles (fact 25). An error that no reader gets goes to the log
 * (law L25).
 *
 * @throws RangeError for a `concurrency` that is not an integer of at least 1
 */
export function mapOnDemand<T, R>(
  source: AsyncIterable<T>,
  project: (message: T, index: number) => R | Promise<R>,
  { concurrency = 1, signal }: MapOnDemandOptions = {},
): Messages<R> {
  if (!(Number.isInteger(concurrency) && concurrency >= 1))
    throw new RangeError("concurrency must be an integer of at least 1");
  return { [Symbol.asyncIterator]: () => projected(source, project, concurrency, signal) };
}

/** A message that has been read, with its result, once there is one, until the result is asked for. */
interface Place<R> {
  result?: IteratorYieldResult<R>;
}

interface Waiter<R> {
  resolve(result: IteratorResult<R, undefined>): void;
  reject(error: unknown): void;
}

const finished = { done: true, value: undefined } as const;

function projected<T, R>(
  source: AsyncIterable<T>,
  project: (message: T, index: number) => R | Promise<R>,
  concurrency: number,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<R, undefined> {
  /** In the order of the source. */
  const places: Place<R>[] = [];
  const waiters: Waiter<R>[] = [];
  let upstream: AsyncIterator<T> | undefined;
  let begun = false;
  let reading = false;
  let index = 0;
  /** What comes after the places. Once it is set, nothing more is read. */
  let ending: Ending | undefined;
  /** The source has ended, failed or been returned. */
  let exhausted = false;
  let stopListening = () => {};

  function begin(): void {
    begun = true;
    if (!signal) return;
    // One listener per iteration in progress: from the eleventh on, Node would warn of a leak that is none. A signal of
    // a polyfill is not an EventTarget of Node.
    if (signal instanceof EventTarget) setMaxListeners(0, signal);
    const listening = aborted(signal).subscribe((reason) => end(0, { error: reason }));
    stopListening = () => listening.unsubscribe();
  }

  /** Answers the waiting requests with the results that there are, and reads on if that made room. */
  function serve(): void {
    for (let waiter = waiters[0]; waiter; waiter = waiters[0]) {
      const result = places[0]?.result;
      if (result) {
        places.shift();
        waiter.resolve(result);
      } else if (ending && places.length === 0) settle(waiter, ending);
      else break;
      waiters.shift();
    }
    if (ending && places.length === 0) stopListening();
    read();
  }

  /** An error is given once. Later requests are told that there is nothing more. */
  function settle(waiter: Waiter<R>, how: Ending): void {
    ending = {};
    if ("error" in how) waiter.reject(how.error);
    else waiter.resolve(finished);
  }

  function read(): void {
    if (ending || reading || places.length >= concurrency) return;
    reading = true;
    ask().then(take, (error: unknown) => {
      reading = false;
      exhausted = true;
      if (ending) unheard(error);
      else end(places.length, { error });
    });
  }

  async function ask(): Promise<IteratorResult<T>> {
    upstream ??= iterate(source);
    return upstream.next();
  }

  function take(message: IteratorResult<T>): void {
    reading = false;
    if (message.done) exhausted = true;
    if (ending) return;
    if (message.done) ending = {};
    else {
      const place: Place<R> = {};
      places.push(place);
      void fill(place, message.value);
    }
    serve();
  }

  async function fill(place: Place<R>, message: T): Promise<void> {
    const nth = index;
    index += 1;
    try {
      place.result = { done: false, value: await project(message, nth) };
    } catch (error) {
      const at = places.indexOf(place);
      if (at >= 0) end(at, { error });
      else unheard(error);
    }
    serve();
  }

  /** Keeps the places before `at`, one of which may still fail, and puts `how` after them. */
  function end(at: number, how: Ending): void {
    places.length = at;
    if (ending && "error" in ending) unheard(ending.error);
    ending = how;
    // The reader gets the ending. An error of the clean-up after it goes to the log.
    returnSource().catch(unheard);
    serve();
  }

  function unheard(error: unknown): void {
    if (!signal?.aborted || error !== signal.reason) reportLate({ path: "mapOnDemand", error });
  }

  async function returnSource(): Promise<void> {
    if (exhausted) return;
    exhausted = true;
    await release(source, upstream, () => {});
  }

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (!begun && !ending) begin();
        waiters.push({ resolve, reject });
        serve();
      }),
    async return() {
      end(0, {});
      return finished;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
