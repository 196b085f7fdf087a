import { setMaxListeners } from "node:events";
import { reportLate } from "../errors/diagnostics.js";
import { aborted } from "./aborted.js";
import type { Ending, Messages } from "./incoming.js";
import { iterate, release } from "./reading.js";

/** What {@link mapOnDemand} takes. */
export interface MapOnDemandOptions {
  /** How many messages may be between the source and whoever asks for the results, an integer; 1 unless told. */
  readonly concurrency?: number | undefined;
  /** Ends it when it aborts: the source is returned, and whoever asks for a result is given the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The messages of `source`, each turned by `project`, which may take its time, into a result. The results come in the
 * order of the source.
 *
 *     implement(DialogueService, {
 *       pingPong: (balls, { signal }) => mapOnDemand(balls, (ball) => stroke(ball), { concurrency: 8, signal }),
 *       …
 *     })
 *
 * It is pulled on both sides, so that nothing queues: at most `concurrency` messages have been taken from the source
 * and not yet been asked for as results. They are being read (one at a time), projected, or waiting to be asked for. A
 * slow `project`, and a slow reader of the results, make the sender wait. `mergeMap` and `concatMap` of rxjs cannot: an
 * Observable does not wait, and they queue what comes without a bound (fact 26).
 *
 * Cold: nothing is read before the first `next`, and each iteration iterates the source. Up to `concurrency` messages
 * are then read ahead of the asking. An error of the source or of `project` is given in its place, after the results of
 * the messages before it; the source is returned at once. To leave the loop returns the source too. What `project` does
 * at that moment it does in vain. Neither is waited for, since a generator that is in an `await` cannot end before that
 * does (fact 25). An error that is given to no reader goes to the log (law L25).
 *
 * @throws RangeError for a `concurrency` that is not an integer of at least 1.
 */
export function mapOnDemand<T, R>(
  source: AsyncIterable<T>,
  project: (message: T, index: number) => R | Promise<R>,
  { concurrency = 1, signal }: MapOnDemandOptions = {},
): Messages<R> {
  if (!(Number.isInteger(concurrency) && concurrency >= 1)) throw new RangeError("concurrency is an integer from 1 on");
  return { [Symbol.asyncIterator]: () => projected(source, project, concurrency, signal) };
}

/** A message that has been read; its result, once there is one, until it is asked for. */
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
  /** What comes after the places; from then on nothing is read. */
  let ending: Ending | undefined;
  /** The source has ended, failed or been returned. */
  let exhausted = false;
  let stopListening = () => {};

  function begin(): void {
    begun = true;
    if (!signal) return;
    // One listener for each iteration that is under way: from the eleventh on Node would warn of a leak that is none.
    // Signals of a polyfill are no EventTarget of Node.
    if (signal instanceof EventTarget) setMaxListeners(0, signal);
    const listening = aborted(signal).subscribe((reason) => end(0, { error: reason }));
    stopListening = () => listening.unsubscribe();
  }

  /** Gives those who ask what there is, and reads on where that has made room. */
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

  /** An error is given once; whoever asks after that is told that there is no more. */
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

  /** Keeps the places before `at`, of which one may still fail, and has `how` come after them. */
  function end(at: number, how: Ending): void {
    places.length = at;
    if (ending && "error" in ending) unheard(ending.error);
    ending = how;
    // The reader gets how it ended, and not what went wrong in the clean-up after it.
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
