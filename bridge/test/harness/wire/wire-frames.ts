import { severable } from "./severable.js";

/** A frame of HTTP/2 on the wire, without the bytes that do not matter here. */
export interface Frame {
  readonly type: number;
  /** The numbers of the connection and the stream, `1/5`. */
  readonly stream: string;
  /** The error code of a RST_STREAM. */
  readonly code: number | undefined;
}

export const rstStream = 3;
/** The code of a RST_STREAM that ends a call before its end. */
export const cancelCode = 8;

/** How many RST_STREAM frames there were on each stream with any. */
export function resetsOf(frames: readonly Frame[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, stream } of frames) if (type === rstStream) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  return counts;
}

/**
 * A relay to the server at `address` that records each frame of its clients. It is closed after the test. @returns the
 * address to connect to, and the frames so far
 */
export async function watchFrames(address: string): Promise<{ address: string; frames: Frame[] }> {
  const frames: Frame[] = [];
  let connections = 0;
  const relay = await severable(address, () => {
    connections += 1;
    return frameReader(connections, (frame) => frames.push(frame));
  });
  return { address: relay.address, frames };
}

/** Reads what a client sends, from its first byte, and passes on complete frames. */
function frameReader(connection: number, give: (frame: Frame) => void): (bytes: Buffer) => void {
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length;
  const head = 9;
  let skip = preface;
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    if (rest.length < skip) return;
    rest = rest.subarray(skip);
    skip = 0;
    while (rest.length >= head && rest.length >= head + rest.readUIntBE(0, 3)) {
      const type = rest.readUInt8(3);
      give({
        type,
        stream: `${connection}/${rest.readUInt32BE(5) & 0x7fffffff}`,
        code: type === rstStream ? rest.readUInt32BE(head) : undefined,
      });
      rest = rest.subarray(head + rest.readUIntBE(0, 3));
    }
  };
}
