import pc from "picocolors";
import { LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";

const nameColours = [pc.cyan, pc.green, pc.magenta, pc.yellow, pc.blue, pc.red];

/**
 * A text of somebody else, fit for a terminal: an escape sequence in it could clear the screen, or write what looks
 * like another's words.
 */
export function harmless(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      character === "\n" || character === "\t" ? " " : "\ufffd",
    );
}

/** A name in its colour: the same one at every terminal. */
export function coloured(name: string): string {
  const sum = [...name].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  const colour = nameColours[sum % nameColours.length] ?? pc.cyan;
  return colour(harmless(name));
}

/** An event for a person at a terminal: when, who, what. */
export function terminalLine({ occurredAt, what }: RoomEvent): string | undefined {
  const time = pc.dim(occurredAt?.toTimeString().slice(0, 5) ?? "--:--");
  if (what?.$case === "said") return `${time} ${coloured(what.said.name)}  ${harmless(what.said.text)}`;
  if (what?.$case === "joined") return `${time} ${coloured(what.joined.name)} ${pc.dim("comes in")}`;
  if (what?.$case === "left") return `${time} ${coloured(what.left.name)} ${pc.dim(howLeft(what.left.reason))}`;
  return undefined;
}

/** The same for whoever reads it from a pipe: a line, and nothing else in it. */
export function pipeLine({ what }: RoomEvent): string | undefined {
  if (what?.$case === "said") return `${harmless(what.said.name)}: ${harmless(what.said.text)}`;
  if (what?.$case === "joined") return `* ${harmless(what.joined.name)} comes in`;
  if (what?.$case === "left") return `* ${harmless(what.left.name)} ${howLeft(what.left.reason)}`;
  return undefined;
}

function howLeft(reason: LeftReason): string {
  if (reason === LeftReason.QUIT) return "leaves";
  return reason === LeftReason.DROPPED ? "was too slow, and is dropped" : "is lost";
}
