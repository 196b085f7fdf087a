import { getDefaultHighWaterMark } from "node:stream";
import { defaultWriteWindow as window } from "#bridge/server/write-window.js";
import { prefetch } from "#bridge/stream/receive/incoming.js";

/** Messages that a stream object of grpc-js holds on each side: Node's high-water mark for objects. */
const objectsHeld = 16;

/**
 * Bytes that leave for a peer that reads nothing: HTTP/2's flow-control window, and the buffer of Node's stream, which
 * is 16 KiB on Node 20 and 64 KiB from Node 22 on.
 */
export const bytesHeld = 65_535 + getDefaultHighWaterMark(false);

/** Messages below this size in bytes share the stream object of a bridged call; a larger one waits alone. */
export const large = 16 * 1024;

/**
 * How many messages of `bytes` bytes a client or a raw handler, at grpc-js's own pace, can be ahead of a reader that
 * stops reading, with no message lost.
 */
export function mostAhead(bytes: number): number {
  // The last three: one is being written, one is being read, and the reader has one.
  return 2 * objectsHeld + prefetch + Math.ceil(bytesHeld / bytes) + 3;
}

/** The same for a bridged server, whose write window holds messages too, or a single larger one. */
export function mostAheadOfServer(bytes: number): number {
  const inWindow = bytes > window.bytes ? 0 : Math.min(window.messages, Math.ceil(window.bytes / bytes));
  return mostAhead(bytes) + inWindow;
}
