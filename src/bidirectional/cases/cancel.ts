import { caller } from "quartet-bridge";
import { concat, NEVER, of, Subject } from "rxjs";
import { ChatService, type JoinRequest, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import type { Case } from "../../host/index.js";
import { enter, leave, newRoom } from "./join-requests.js";

/** Leaving the loop cancels the call. The member has not said `leave`, so the room sees a member that was lost. */
export const cancel: Case = async ({ client, signal, say }) => {
  const chat = caller(ChatService, client);
  const room = newRoom();
  const options = { timeoutMs: 5_000, signal };
  const leaving = new Subject<JoinRequest>();
  let reason: LeftReason | undefined;

  for await (const { frame } of chat.join(concat(of(enter(room, "grace")), leaving), options)) {
    if (frame?.$case === "welcome") {
      for await (const _ of chat.join(concat(of(enter(room, "ada")), NEVER), options)) break;
      say("ada leaves the loop in the middle of the call");
    }
    if (frame?.$case !== "events") continue;
    for (const { what } of frame.events.events) if (what?.$case === "left") reason = what.left.reason;
    if (reason !== undefined) of(leave).subscribe(leaving);
  }
  if (reason !== LeftReason.LOST) throw new Error(`the room saw the reason ${reason} instead of LOST`);
  say("grace hears: ada left, LOST");
};
