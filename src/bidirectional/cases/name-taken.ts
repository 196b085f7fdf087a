import { status } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { concat, of, Subject } from "rxjs";
import { ChatService, type JoinRequest } from "#gen/quartet/chat/v1/chat.js";
import { type Case, failure } from "../../host/index.js";
import { enter, leave, newRoom } from "./join-requests.js";

/** One name, two sessions: the room refuses the second, and the first does not notice. */
export const nameTaken: Case = async ({ client, signal, say }) => {
  const chat = caller(ChatService, client);
  const room = newRoom();
  const options = { timeoutMs: 5_000, signal };
  const leaving = new Subject<JoinRequest>();

  for await (const { frame } of chat.join(concat(of(enter(room, "ada", 0)), leaving), options)) {
    if (frame?.$case === "events") throw new Error("the room heard of a member that it had refused");
    if (frame?.$case !== "welcome") continue;
    say("one session comes in as ada");
    const refused = await failure(status.ALREADY_EXISTS, chat.join([enter(room, "ada")], options));
    say(`another session, as ada too: ${status[refused.code]}`);
    of(leave).subscribe(leaving);
  }
  say("the first one says that it leaves: OK");
};
