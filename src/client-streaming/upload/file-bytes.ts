import type { FileHandle } from "node:fs/promises";

/** How many bytes are read and sent at a time: progress that moves, and a small cost per message. */
const chunkBytes = 64 * 1024;

/**
 * Reads a file from `start` to before `end`, or to its end, 64 KiB at a time. Each chunk is valid until you ask for the
 * next one. The handle stays open: a read stream would close it when you stop in the middle.
 */
export async function* readChunks(
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
