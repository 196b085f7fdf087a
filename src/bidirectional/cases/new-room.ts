import { randomUUID } from "node:crypto";
import type { JoinRequest } from "#gen/quartet/chat/v1/chat.js";
import { enterFrame } from "../chat/frames.js";

/** The name of a new room: several people may run the client against one server. */
export function newRoom(): string {
  return `tea-${randomUUID().slice(0, 8)}`;
}

/**
 * The first message of a member, with a new session.
 *
 * @param history how many of the room's last events to send first; undefined: the server decides
 */
export function enter(room: string, name: string, history?: number): JoinRequest {
  return enterFrame({ room, name, sessionId: randomUUID(), history });
}
