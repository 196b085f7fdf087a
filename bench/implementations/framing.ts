/** A message as gRPC frames it: a byte for "not compressed", its length in four bytes, and the message. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(headerBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  message.copy(framed, headerBytes);
  return framed;
}

const headerBytes = 5;

/** The headers of a request, as `node:http2` takes them. */
export function requestHeaders({ path }: { readonly path: string }): Record<string, string> {
  return { ":method": "POST", ":path": path, "content-type": "application/grpc+proto", te: "trailers" };
}

/** How many bytes are collected for one write. */
const chunkBytes = 16_384;

/** The messages, framed and collected into chunks. */
export function* inChunks<T>(messages: Iterable<T>, serialize: (message: T) => Buffer): Generator<Buffer, void> {
  let collected: Buffer[] = [];
  let length = 0;
  for (const message of messages) {
    const framed = frame(serialize(message));
    collected.push(framed);
    length += framed.length;
    if (length >= chunkBytes) {
      yield Buffer.concat(collected, length);
      collected = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(collected, length);
}

/**
 * Unpacks the messages of one stream: the returned function takes a chunk, and returns the messages that it completes.
 */
export function deframer(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer[] = [];
  let length = 0;
  let wanted = headerBytes;
  return (chunk) => {
    rest.push(chunk);
    length += chunk.length;
    // A message of many chunks is joined once, not again for each chunk.
    if (length < wanted) return [];
    const bytes = rest.length === 1 ? chunk : Buffer.concat(rest, length);
    const messages: Buffer[] = [];
    let at = 0;
    for (;;) {
      wanted = headerBytes;
      if (bytes.length - at < wanted) break;
      wanted += bytes.readUInt32BE(at + 1);
      if (bytes.length - at < wanted) break;
      messages.push(bytes.subarray(at + headerBytes, at + wanted));
      at += wanted;
    }
    rest = [bytes.subarray(at)];
    length = bytes.length - at;
    return messages;
  };
}
