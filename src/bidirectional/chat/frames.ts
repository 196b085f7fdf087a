import { badRequest, type Violation } from "quartet-bridge";
import type {
  Enter,
  GoodbyeReason,
  JoinRequest,
  JoinResponse,
  RoomEvent,
  Say,
  Welcome,
} from "#gen/quartet/chat/v1/chat.js";

// The frames of chat.proto. Only this file puts them together and takes them apart, for the server and for its clients.

const longestName = 32;
const longestId = 64;

/** The longest text of a message, in code points. */
export const maxTextCharacters = 2_000;

/** Enters a room; the first frame of a member. */
export function enterFrame(enter: Enter): JoinRequest {
  return { frame: { $case: "enter", enter } };
}

/** Says something. @param clientMessageId unique in the session */
export function sayFrame(clientMessageId: string, text: string): JoinRequest {
  return { frame: { $case: "say", say: { clientMessageId, text } } };
}

/** Leaves the room on purpose; the last frame of a member. */
export const leaveFrame: JoinRequest = { frame: { $case: "leave", leave: {} } };

/** @throws StatusError INVALID_ARGUMENT with a BadRequest if the frame is not a valid `enter` */
export function readEnter({ frame }: JoinRequest): Enter {
  if (frame?.$case !== "enter") throw firstMustEnter();
  const { room, name, sessionId } = frame.enter;
  refuse(
    ...wrongLength("enter.room", room, longestName),
    ...controls("enter.room", room),
    ...wrongLength("enter.name", name, longestName),
    ...controls("enter.name", name),
    ...wrongLength("enter.session_id", sessionId, longestId),
  );
  return frame.enter;
}

/** The error for a call whose first frame is not `enter`, or that has no frame. */
export function firstMustEnter() {
  return badRequest({ field: "frame", description: "the first message must be `enter`" });
}

/** @throws StatusError INVALID_ARGUMENT with a BadRequest if the frame is neither a valid `say` nor `leave` */
export function readSayOrLeave({ frame }: JoinRequest): Say | "leave" {
  if (frame?.$case === "leave") return "leave";
  if (frame?.$case !== "say") {
    throw badRequest({ field: "frame", description: "every message after the first must be `say` or `leave`" });
  }
  const { clientMessageId, text } = frame.say;
  refuse(
    ...wrongLength("say.client_message_id", clientMessageId, longestId),
    ...wrongLength("say.text", text, maxTextCharacters),
  );
  return frame.say;
}

export function welcomeFrame(welcome: Welcome): JoinResponse {
  return { frame: { $case: "welcome", welcome } };
}

export function eventsFrame(events: RoomEvent[]): JoinResponse {
  return { frame: { $case: "events", events: { events } } };
}

/** One frame with the events of several. What a room sends to all its members are events. */
export function packEvents(frames: readonly JoinResponse[]): JoinResponse {
  return eventsFrame(frames.flatMap(eventsIn));
}

export function acknowledgementFrame(clientMessageId: string, sequence: number): JoinResponse {
  return { frame: { $case: "acknowledgement", acknowledgement: { clientMessageId, sequence } } };
}

export function goodbyeFrame(reason: GoodbyeReason): JoinResponse {
  return { frame: { $case: "goodbye", goodbye: { reason } } };
}

/** The events in a frame, oldest first; none in a frame of another kind. */
export function eventsIn({ frame }: JoinResponse): RoomEvent[] {
  return frame?.$case === "events" ? frame.events.events : [];
}

export function welcomeIn({ frame }: JoinResponse): Welcome | undefined {
  return frame?.$case === "welcome" ? frame.welcome : undefined;
}

/** The id of the message that a frame acknowledges. */
export function acknowledgedIn({ frame }: JoinResponse): string | undefined {
  return frame?.$case === "acknowledgement" ? frame.acknowledgement.clientMessageId : undefined;
}

export function goodbyeIn({ frame }: JoinResponse): GoodbyeReason | undefined {
  return frame?.$case === "goodbye" ? frame.goodbye.reason : undefined;
}

/** How many characters a text has. They are Unicode code points: `length` counts an emoji twice. */
export function characters(text: string): number {
  return [...text].length;
}

/** Whether a text has at most `most` characters. A text that is far too long is not counted. */
export function fits(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && characters(text) <= most);
}

function refuse(...[first, ...more]: Violation[]): void {
  if (first) throw badRequest(first, ...more);
}

function wrongLength(field: string, text: string, most: number): Violation[] {
  return text !== "" && fits(text, most) ? [] : [{ field, description: `must have 1 to ${most} characters` }];
}

function controls(field: string, text: string): Violation[] {
  return /\p{Cc}/u.test(text) ? [{ field, description: "must have no control characters" }] : [];
}
