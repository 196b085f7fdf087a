import type { BidirectionalServer } from "#gen/tutorials/bidirectional.js";
import { bidirectional } from "../bridge/index.js";

/**
 * Answers every message with the same message, as it comes. Pulled both ways: a client that does not read is not read.
 */
export const echo: BidirectionalServer = {
  getServerResponse: bidirectional(async function* (messages) {
    for await (const message of messages) yield message;
  }),
};
