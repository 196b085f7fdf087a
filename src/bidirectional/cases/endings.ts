import { status } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { concat, NEVER, of, Subject } from "rxjs";
import { ChatService, type JoinRequest, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { type Case, failure } from "../../host/index.js";
import { eventsIn, leaveFrame, welcomeIn } from "../chat/frames.js";
import { enter, newRoom } from "./new-room.js";

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

/** One name, two sessions: the room refuses the second, and the first does not notice. */
export const nameTaken: Case = async ({ client, signal, say }) => {
  const chat = caller(ChatService, client);
  const room = newRoom();
  const options = { timeoutMs: 5_000, signal };
  const leaving = new Subject<JoinRequest>();

  for await (const response of chat.join(concat(of(enter(room, "ada", 0)), leaving), options)) {
    if (eventsIn(response).length > 0) throw new Error("the room heard of a member that it had refused");
    if (!welcomeIn(response)) continue;
    say("one session enters as ada");
    const refused = await failure(status.ALREADY_EXISTS, chat.join([enter(room, "ada")], options));
    say(`another session, as ada too: ${status[refused.code]}`);
    of(leaveFrame).subscribe(leaving);
  }
  say("the first one says that it leaves: OK");
};

/** Leaving the loop cancels the call. The member has not said `leave`, so the room sees a member that was lost. */
export const cancel: Case = async ({ client, signal, say }) => {
  const chat = caller(ChatService, client);
  const room = newRoom();
  const options = { timeoutMs: 5_000, signal };
  const leaving = new Subject<JoinRequest>();
  let reason: LeftReason | undefined;

  for await (const response of chat.join(concat(of(enter(room, "grace")), leaving), options)) {
    if (welcomeIn(response)) {
      for await (const _ of chat.join(concat(of(enter(room, "ada")), NEVER), options)) break;
      say("ada leaves the loop in the middle of the call");
    }
    for (const { what } of eventsIn(response)) if (what?.$case === "left") reason = what.left.reason;
    if (reason !== undefined) of(leaveFrame).subscribe(leaving);
  }
  if (reason !== LeftReason.LOST) throw new Error(`the room saw the reason ${reason} instead of LOST`);
  say("grace hears: ada left, LOST");
};
