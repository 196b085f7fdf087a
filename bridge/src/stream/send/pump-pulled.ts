import type { Outgoing } from "../encoded.js";
import { isNodeStream, iterate, release } from "../reading.js";
import type { Outlet, Pump } from "./outlet.js";

/** Code without type checks may pass any value as a source. */
function isIterable(source: unknown): boolean {
  return typeof source === "object" && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source);
}

/** Pumps an iterable, which waits while the outlet has no room. */
export function pumpPulled<T>(source: Iterable<Outgoing<T>> | AsyncIterable<Outgoing<T>>, outlet: Outlet<T>): Pump {
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
      // `return` of a synchronous generator cannot be called inside its own `next`, so `pull` calls it later.
      if (!(inNext && iterator && !(Symbol.asyncIterator in source))) finalize();
    },
  };
}
