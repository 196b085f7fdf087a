import type { Direction } from "./event.js";
import { cut, printable } from "./printable.js";

/** Gives a message its short text in the recording. It runs once per message: keep it cheap. */
export type Label = (path: string, direction: Direction, message: unknown) => string;

/** Columns kept of a label. */
export const labelWidth = 72;

/** The label as recorded: one line, safe for a terminal, cut. A label that throws is the tap's trouble, never the call's. */
export function labelOf(label: Label, path: string, direction: Direction, message: unknown): string {
  try {
    return cut(printable(beginning(label(path, direction, message))), labelWidth);
  } catch {
    return "(no label)";
  }
}

/** The fields of a message in one line: `value=16`, `message="Hello, you!"`, `data=<512 bytes>`, `values=[1, 2, 3, … 97 more]`. */
export function describeMessage(message: unknown): string {
  if (typeof message !== "object" || message === null || message instanceof Uint8Array)
    return describeValue(message, 0);
  return describeFields(message, 0, " ");
}

const itemsShown = 3;
const depthShown = 3;

function describeFields(message: object, depth: number, between: string): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(message)) {
    if (value !== undefined && typeof value !== "function") parts.push(`${name}=${describeValue(value, depth)}`);
  }
  return parts.join(between);
}

function describeValue(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(beginning(value));
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `<${value.length.toLocaleString("en")} bytes>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "<no date>" : value.toISOString();
  if (depth >= depthShown) return "…";
  if (Array.isArray(value)) {
    const shown = value.slice(0, itemsShown).map((item) => describeValue(item, depth + 1));
    if (value.length > itemsShown) shown.push(`… ${(value.length - itemsShown).toLocaleString("en")} more`);
    return `[${shown.join(", ")}]`;
  }
  return `{${describeFields(value, depth + 1, ", ")}}`;
}

/** More than can be shown, and no more: to escape and measure a megabyte for 72 columns would cost more than the call. */
function beginning(text: string): string {
  const most = labelWidth * 8;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
