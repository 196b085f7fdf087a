import type { Readable } from "node:stream";

/** Iterators and streams that were read. A second reader would get nothing, or only the rest. */
const alreadyRead = new WeakSet<object>();

type SyncOrAsyncIterator<T> = Iterator<T> | AsyncIterator<T>;

/**
 * The iterator of `source`. You may read an array, a Set or another object again if it makes an iterator for each
 * reader.
 *
 * @throws TypeError if `source` can be read only once and was read: a second reader would miss what the first one took
 */
export function iterate<T>(source: AsyncIterable<T>): AsyncIterator<T>;
export function iterate<T>(source: Iterable<T> | AsyncIterable<T>): SyncOrAsyncIterator<T>;
export function iterate<T>(source: Iterable<T> | AsyncIterable<T>): SyncOrAsyncIterator<T> {
  const kind = streamKind(source);
  if (kind) readOnce(source, kind);
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  if (!kind) readOnce(iterator, "a generator, or another iterator,");
  return iterator;
}

function readOnce(what: object, kind: string): void {
  if (alreadyRead.has(what)) {
    throw new TypeError(
      `${kind} can be read once, and this one was read already: pass a function that returns a new one, ` +
        "which is called for each attempt",
    );
  }
  alreadyRead.add(what);
}

/** The kind of a stream that makes a new iterator for each reader, but gives its messages only to the first one. */
function streamKind(source: object): string | undefined {
  if (isNodeStream(source)) return "a stream of Node";
  if ("getReader" in source) return "a ReadableStream";
  return "observe" in source ? "the stream of a call" : undefined;
}

/** Not `instanceof`: the package `readable-stream` has its own class. */
export function isNodeStream(source: object): source is Readable {
  const { destroy, pipe } = source as Partial<Readable>;
  return typeof destroy === "function" && typeof pipe === "function";
}

/**
 * Releases a source that was not read to its end. A Node stream is destroyed, because it holds a file or a socket, and
 * its iterator would wait for the next chunk. `failed` gets an error that it emits later, which would otherwise end the
 * process.
 */
export async function release(
  source: object,
  iterator: SyncOrAsyncIterator<unknown> | undefined,
  failed: (error: unknown) => void,
): Promise<void> {
  if (isNodeStream(source)) {
    source.on("error", failed);
    source.destroy();
  } else await iterator?.return?.();
}
