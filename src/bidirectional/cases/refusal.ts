import { status } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { type Case, failure } from "../../host/index.js";

/** A client that would send forever: the server ends the call at its bound, and that stops the sender. */
export const refusal: Case = async ({ client, signal, say }) => {
  let sent = 0;
  let stopped = false;
  function* lines() {
    try {
      for (;;) {
        sent += 1;
        yield { text: `line ${sent}` };
      }
    } finally {
      stopped = true;
    }
  }

  const replies = caller(DialogueService, client).collectThenReply(lines(), { timeoutMs: 60_000, signal });
  const error = await failure(status.RESOURCE_EXHAUSTED, replies);
  if (!stopped || sent <= 1_000)
    throw new Error(`the call ended after ${sent} lines; the sender was stopped: ${stopped}`);
  say(`more than 1,000 lines sent, and the client was not done: ${status[error.code]}`);
  say(error.details);
};
