import { randomUUID } from "node:crypto";
import type { JoinRequest } from "#gen/quartet/chat/v1/chat.js";

/**
 * The first message of a member, with a new session.
 *
 * @param history how many of the room's last events it wants to hear first; undefined: the server decides
 */
export function enter(room: string, name: string, history?: number): JoinRequest {
  return { frame: { $case: "enter", enter: { room, name, sessionId: randomUUID(), history } } };
}

/** The message with which a member says something. @param clientMessageId unique within the session */
export function utter(clientMessageId: string, text: string): JoinRequest {
  return { frame: { $case: "say", say: { clientMessageId, text } } };
}

/** The message with which a member leaves. */
export const leave: JoinRequest = { frame: { $case: "leave", leave: {} } };

/** The name of a new room: several people may run the client against one server. */
export function newRoom(): string {
  return `tea-${randomUUID().slice(0, 8)}`;
}
