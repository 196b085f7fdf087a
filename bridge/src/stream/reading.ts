import type { Readable } from "node:stream";

/** What was read and has nothing for a second reader: iterators, and streams that give each reader a new iterator. */
const read = new WeakSet<object>();

type Iterator2<T> = Iterator<T> | AsyncIterator<T>;

/**
 * The iterator of `source`. An array, a Set or another object that makes an iterator for each reader may be read again.
 *
 * @throws TypeError if `source` can be read once, and was: it would be empty, or lack what the first reader took
 */
export function iterate<T>(source: AsyncIterable<T>): AsyncIterator<T>;
export function iterate<T>(source: Iterable<T> | AsyncIterable<T>): Iterator2<T>;
export function iterate<T>(source: Iterable<T> | AsyncIterable<T>): Iterator2<T> {
  const kind = streamKind(source);
  if (kind) readOnce(source, kind);
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  if (!kind) readOnce(iterator, "a generator, or another iterator,");
  return iterator;
}

function readOnce(what: object, kind: string): void {
  if (read.has(what)) {
    throw new TypeError(
      `${kind} can be read once, and this one was read already: pass a function that returns a new one, ` +
        "which is called for each attempt",
    );
  }
  read.add(what);
}

/** What gives each reader an iterator of its own, and its messages to the first one alone. */
function streamKind(source: object): string | undefined {
  if (isNodeStream(source)) return "a stream of Node";
  if ("getReader" in source) return "a ReadableStream";
  return "observe" in source ? "the stream of a call" : undefined;
}

/** Not `instanceof`: the package `readable-stream` has a class of its own. */
export function isNodeStream(source: object): source is Readable {
  const { destroy, pipe } = source as Partial<Readable>;
  return typeof destroy === "function" && typeof pipe === "function";
}

/**
 * Lets go of a source that is not read to its end. A stream of Node is destroyed, for it holds a file or a socket; its
 * iterator would wait for the next chunk. `failed` gets an error that it emits after that, which would end the process.
 */
export async function release(
  source: object,
  iterator: Iterator2<unknown> | undefined,
  failed: (error: unknown) => void,
): Promise<void> {
  if (isNodeStream(source)) {
    source.on("error", failed);
    source.destroy();
  } else await iterator?.return?.();
}
