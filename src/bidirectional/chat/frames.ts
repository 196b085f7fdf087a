import { status } from "@grpc/grpc-js";
import { badRequest, type StatusError, statusWithDetails, type Violation } from "quartet-bridge";
import type { Enter, JoinRequest, Say } from "#gen/quartet/chat/v1/chat.js";

const longestName = 32;
const longestId = 64;

/** The longest text of a message, in code points. */
export const maxTextCharacters = 2_000;

/** What a member says to its room. `leave` is its last word. */
export type Saying = Say | "leave";

/**
 * Into which room, and as whom. @throws StatusError INVALID_ARGUMENT with a BadRequest if the frame is not a good
 * `enter`
 */
export function entrance({ frame }: JoinRequest): Enter {
  if (frame?.$case !== "enter") throw firstMustEnter();
  const { room, name, sessionId } = frame.enter;
  refuse(
    ...tooLong("enter.room", room, longestName),
    ...controls("enter.room", room),
    ...tooLong("enter.name", name, longestName),
    ...controls("enter.name", name),
    ...tooLong("enter.session_id", sessionId, longestId),
  );
  return frame.enter;
}

/** For a first frame that is something else, or is not there. */
export function firstMustEnter() {
  return badRequest({ field: "frame", description: "the first message must be `enter`" });
}

/**
 * What a member says. @throws StatusError INVALID_ARGUMENT with a BadRequest if the frame is neither a good `say` nor
 * `leave`
 */
export function saying({ frame }: JoinRequest): Saying {
  if (frame?.$case === "leave") return "leave";
  if (frame?.$case !== "say") {
    throw badRequest({ field: "frame", description: "every message after the first must be `say` or `leave`" });
  }
  const { clientMessageId, text } = frame.say;
  refuse(
    ...tooLong("say.client_message_id", clientMessageId, longestId),
    ...tooLong("say.text", text, maxTextCharacters),
  );
  return frame.say;
}

/** For a member that says more in a second than it may. */
export function tooFast(perSecond: number): StatusError {
  const details = `at most ${perSecond} messages in a second: enter again, and resume`;
  return statusWithDetails(status.RESOURCE_EXHAUSTED, details, {
    errorInfo: { reason: "TOO_MANY_MESSAGES", domain: "quartet" },
  });
}

function refuse(...[first, ...more]: Violation[]): void {
  if (first) throw badRequest(first, ...more);
}

function tooLong(field: string, text: string, most: number): Violation[] {
  return text !== "" && fits(text, most) ? [] : [{ field, description: `must have 1 to ${most} characters` }];
}

function controls(field: string, text: string): Violation[] {
  return /\p{Cc}/u.test(text) ? [{ field, description: "must have no control characters" }] : [];
}

/** Characters are Unicode code points: `length` counts an emoji twice. Long texts are not counted to their end. */
function fits(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && [...text].length <= most);
}
