import type { Direction } from "./event.js";
import { cut, printable } from "./printable.js";

/** Gives a message its short text in the recording. It runs once per message: keep it cheap. */
export type Label = (path: string, direction: Direction, message: unknown) => string;

/** Columns kept of a label. */
export const labelWidth = 72;

/**
 * The label as recorded: one line, safe for a terminal, cut. A label that throws is the tap's trouble, never the
 * call's.
 */
export function labelOf(label: Label, path: string, direction: Direction, message: unknown): string {
  try {
    return cut(printable(beginning(label(path, direction, message))), labelWidth);
  } catch {
    return "(no label)";
  }
}

/**
 * The fields of a message in one line: `value=16`, `message="Hello, you!"`, `data=<512 bytes>`,
 * `values=[1, 2, 3, … 97 more]`. Of a oneof only what is set: `enter: room="tea" name="ada"`.
 */
export function describeMessage(message: unknown): string {
  if (typeof message !== "object" || message === null || message instanceof Uint8Array)
    return describeValue(message, 0);
  const [only, ...more] = fieldsOf(message);
  if (only === undefined || more.length > 0 || !only.ofOneof || !isMessage(only.value))
    return describeFields(message, 0, " ");
  const content = describeWrapped(only.name, only.value, 0, " ");
  return content === "" ? only.name : `${only.name}: ${content}`;
}

/** Ids that somebody has rolled: their beginning is enough to tell them apart. */
const uuid = /^([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const itemsShown = 3;
const depthShown = 5;

function describeFields(message: object, depth: number, between: string): string {
  return fieldsOf(message)
    .map(({ name, value }) => `${name}=${describeValue(value, depth)}`)
    .join(between);
}

/** A message that only wraps a field of the same name, a batch in a oneof (`events` of `events`), is that field. */
function describeWrapped(name: string, message: object, depth: number, between: string): string {
  const [only, ...more] = fieldsOf(message);
  if (only?.name === name && more.length === 0) return describeValue(only.value, depth);
  return describeFields(message, depth, between);
}

interface Field {
  readonly name: string;
  readonly value: unknown;
  readonly ofOneof: boolean;
}

/**
 * The fields that are set. ts-proto gives a oneof as `frame: { $case: "say", say }`: what is set is the field `say`.
 * Moments are left out: where an arrow stands says when, and what a message says is worth the columns more.
 */
function fieldsOf(message: object): Field[] {
  return Object.entries(message).flatMap(([name, value]): Field[] => {
    if (value === undefined || typeof value === "function" || value instanceof Date) return [];
    if (isMessage(value) && "$case" in value) {
      const set = String(value.$case);
      return [{ name: set, value: (value as Record<string, unknown>)[set], ofOneof: true }];
    }
    return [{ name, value, ofOneof: false }];
  });
}

function isMessage(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !ArrayBuffer.isView(value) &&
    !Array.isArray(value) &&
    !(value instanceof Date)
  );
}

function describeValue(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(beginning(value.replace(uuid, "$1…")));
  // Inside a list or another message a number is a detail, and six digits of it are enough.
  if (typeof value === "number" && depth > 0 && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `<${value.length.toLocaleString("en")} bytes>`;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "<no date>" : value.toISOString().slice("2026-11-21T".length, -1);
  if (depth >= depthShown) return "…";
  if (Array.isArray(value)) {
    const shown = value.slice(0, itemsShown).map((item) => describeValue(item, depth + 1));
    if (value.length > itemsShown) shown.push(`… ${(value.length - itemsShown).toLocaleString("en")} more`);
    return `[${shown.join(", ")}]`;
  }
  return `{${describeFields(value, depth + 1, ", ")}}`;
}

/**
 * More than can be shown, and no more: to escape and measure a megabyte for 72 columns would cost more than the call.
 */
function beginning(text: string): string {
  const most = labelWidth * 8;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
