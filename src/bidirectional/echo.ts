import { implement } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";

/**
 * Answers every message with the same message, as it comes. Pulled both ways: a client that does not read is not read.
 */
export const echo = implement(BidirectionalService, {
  async *getServerResponse(messages) {
    for await (const message of messages) yield message;
  },
});
