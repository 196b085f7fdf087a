import { createHash } from "node:crypto";
import { LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";

const reasons = new Map(Object.entries(LeftReason).map(([name, reason]) => [reason, name]));

/** The text of a message: its id, when it was made, and filling. */
export function textOf(id: string, length: number): string {
  return `${id} ${microseconds()} ${"·abcdefg".repeat(Math.ceil(length / 8)).slice(0, length)}`;
}

/** The id that a member gives to its message `number`. */
export function idOf(name: string, number: number): string {
  return `${name}/${number}`;
}

/** How long ago a text was made, in microseconds. */
export function ageOf(text: string): number {
  return microseconds() - Number(text.split(" ", 2)[1]);
}

/**
 * What an event says, short enough to compare it between all members that heard it: `said m3.1/7 5d4140…`, `joined
 * m3.1`, `left m3.1 QUIT`.
 */
export function digestOf({ what }: Pick<RoomEvent, "what">): string {
  switch (what?.$case) {
    case "said": {
      const { name, text } = what.said;
      const hash = createHash("sha1").update(`${name}\n${text}`).digest("hex").slice(0, 16);
      return `said ${text.split(" ", 1)[0]} ${hash}`;
    }
    case "joined":
      return `joined ${what.joined.name}`;
    case "left":
      return `left ${what.left.name} ${reasons.get(what.left.reason)}`;
    default:
      return "unknown";
  }
}

/** A clock that all processes of a machine share, because the age of a text is measured in another process. */
function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
