import type { FileHandle } from "node:fs/promises";

/** What is read, and sent, at a time, in bytes: a progress that moves, and still little cost for each message. */
const chunkBytes = 64 * 1024;

/**
 * The bytes of a file from `start` on, up to `end` (not that one) or to its end, 64 KiB at a time. Each piece is good
 * until the next one is asked for. The handle stays open: a read stream would close it when it is left half-way.
 */
export async function* bytesOf(
  handle: FileHandle,
  start: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = start; at < end; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(chunkBytes, end - at), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
