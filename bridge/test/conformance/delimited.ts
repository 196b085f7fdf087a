import type { Readable } from "node:stream";

/** How the suite talks to a program under test: each message has a length prefix, a big-endian 32-bit number. */
export async function* readDelimited(input: Readable): AsyncGenerator<Buffer, void> {
  let received: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
      const end = 4 + received.readUInt32BE();
      yield received.subarray(4, end);
      received = received.subarray(end);
    }
  }
}

export function delimited(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}
