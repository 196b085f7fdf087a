import { implement } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";

/**
 * Answers each message with the same message. Both directions are pulled: if the client does not read, the server does
 * not read either.
 */
export const echo = implement(BidirectionalService, {
  async *getServerResponse(messages) {
    for await (const message of messages) yield message;
  },
});
