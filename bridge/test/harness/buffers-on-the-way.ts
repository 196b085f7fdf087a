import { getDefaultHighWaterMark } from "node:stream";
import { defaultWriteWindow as window } from "#bridge/server/write-window.js";
import { prefetch } from "#bridge/stream/incoming.js";

/** Messages that a stream object of grpc-js holds on each side: Node's high-water mark for objects. */
const objectsHeld = 16;

/**
 * Bytes that leave for a peer that reads nothing: HTTP/2's flow-control window, and what Node's stream buffers behind
 * it, 16 KiB on Node 20 and 64 KiB from Node 22 on.
 */
export const bytesHeld = 65_535 + getDefaultHighWaterMark(false);

/** Messages of fewer bytes than this may wait in a stream object of a bridged call together; of others one does. */
export const large = 16 * 1024;

/**
 * How many messages of `bytes` bytes a sender at grpc-js's own pace, a client or a raw handler, can be ahead of a reader
 * that reads no more, and not one of them lost.
 */
export function mostAhead(bytes: number): number {
  // Beside what both objects and the wire hold, three: one being written, one being read, one in the reader's hand.
  return 2 * objectsHeld + prefetch + Math.ceil(bytesHeld / bytes) + 3;
}

/** The same of a bridged server, whose write window holds messages as well. One that is larger than it goes alone. */
export function mostAheadOfServer(bytes: number): number {
  const inWindow = bytes > window.bytes ? 0 : Math.min(window.messages, Math.ceil(window.bytes / bytes));
  return mostAhead(bytes) + inWindow;
}
