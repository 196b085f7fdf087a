import { randomUUID } from "node:crypto";
import type { JoinRequest } from "#gen/quartet/chat/v1/chat.js";

/**
 * The frame that a member begins with, as a session of its own.
 *
 * @param history how many of the room's last events it wants to hear first; undefined: as many as the server thinks fit
 */
export function enter(room: string, name: string, history?: number): JoinRequest {
  return { frame: { $case: "enter", enter: { room, name, sessionId: randomUUID(), history } } };
}

/** The frame with which a member says something. @param clientMessageId unique within the session */
export function utter(clientMessageId: string, text: string): JoinRequest {
  return { frame: { $case: "say", say: { clientMessageId, text } } };
}

/** The frame with which a member goes. */
export const leave: JoinRequest = { frame: { $case: "leave", leave: {} } };

/** A room that nobody else is in: several people may run the client against one server. */
export function newRoom(): string {
  return `tea-${randomUUID().slice(0, 8)}`;
}
