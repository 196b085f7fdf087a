import pc from "picocolors";
import { LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";

const nameColors = [pc.cyan, pc.green, pc.magenta, pc.yellow, pc.blue, pc.red];

/** Escapes control characters, which could clear the screen or imitate another member's message. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      character === "\n" || character === "\t" ? " " : "\ufffd",
    );
}

/** A name in its color, which is the same on every terminal. */
export function coloredName(name: string): string {
  const sum = [...name].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  const color = nameColors[sum % nameColors.length] ?? pc.cyan;
  return color(printable(name));
}

/** An event as a line for a terminal; undefined for an event that this client does not know. */
export function terminalLine({ occurredAt, what }: RoomEvent): string | undefined {
  const time = pc.dim(occurredAt?.toTimeString().slice(0, 5) ?? "--:--");
  if (what?.$case === "said") return `${time} ${coloredName(what.said.name)}  ${printable(what.said.text)}`;
  if (what?.$case === "joined") return `${time} ${coloredName(what.joined.name)} ${pc.dim("enters")}`;
  if (what?.$case === "left") return `${time} ${coloredName(what.left.name)} ${pc.dim(howLeft(what.left.reason))}`;
  return undefined;
}

/** An event as a line for a pipe. */
export function pipeLine({ what }: RoomEvent): string | undefined {
  if (what?.$case === "said") return `${printable(what.said.name)}: ${printable(what.said.text)}`;
  if (what?.$case === "joined") return `* ${printable(what.joined.name)} enters`;
  if (what?.$case === "left") return `* ${printable(what.left.name)} ${howLeft(what.left.reason)}`;
  return undefined;
}

function howLeft(reason: LeftReason): string {
  if (reason === LeftReason.QUIT) return "leaves";
  return reason === LeftReason.DROPPED ? "is dropped by the server" : "has lost the connection";
}
