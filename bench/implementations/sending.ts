/** The part of a stream that writes messages, on either side of a call. */
interface Writing<T> {
  write(message: T): boolean;
  once(event: "drain", listener: () => void): unknown;
  end(): void;
}

/** Writes at the pace of 'drain', and ends the stream. */
export function writeAll<T>(stream: Writing<T>, messages: Iterable<T>): void {
  const iterator = messages[Symbol.iterator]();
  const write = () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      if (!stream.write(next.value)) {
        stream.once("drain", write);
        return;
      }
    }
    stream.end();
  };
  write();
}

/** Each call of the returned function sends the next message. The call after the last message ends the stream. */
export function oneByOne<T>(messages: Iterable<T>, send: (message: T) => void, end: () => void): () => void {
  const iterator = messages[Symbol.iterator]();
  return () => {
    const { done, value } = iterator.next();
    if (done) end();
    else send(value);
  };
}
