import type { Direction } from "./event.js";
import { cut, grouped, printable } from "./printable.js";

/** Makes the short text of a message. It runs once per message, so keep it cheap. */
export type Label = (path: string, direction: Direction, message: unknown) => string;

/** The most columns of a label. */
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

/** What the contract says about a message's fields. */
export interface MessageType {
  /** The name of an enum value; undefined if the field is not an enum, or the value has no name. */
  enumName(field: string, value: number): string | undefined;
  /** The type of a field that holds messages. */
  typeOf(field: string): MessageType | undefined;
}

/**
 * The fields of a message in one line: `value=16`, `message="Hello, you!"`, `data=<512 bytes>`,
 * `values=[1, 2, 3, … 97 more]`. Of a oneof only what is set: `enter: room="tea" name="ada"`. Enums by their names
 * where the type is given: `metric=CPU`.
 */
export function describeMessage(message: unknown, type?: MessageType): string {
  if (typeof message !== "object" || message === null || message instanceof Uint8Array)
    return describeValue(message, 0);
  const [only, ...more] = fieldsOf(message, type);
  if (only === undefined || more.length > 0 || !only.ofOneof || !isMessage(only.value))
    return describeFields(message, 0, " ", type);
  const content = describeWrapped(only.name, only.value, 0, " ", only.type);
  return content === "" ? only.name : `${only.name}: ${content}`;
}

/** The beginning of a random id is enough to tell it from others. */
const uuid = /^([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const itemsShown = 3;
const depthShown = 5;

function describeFields(message: object, depth: number, between: string, type: MessageType | undefined): string {
  return fieldsOf(message, type)
    .map((field) => `${field.name}=${describeValue(field.value, depth, field)}`)
    .join(between);
}

/** If a message only wraps a field of the same name (`events` of `events`), the label shows that field. */
function describeWrapped(
  name: string,
  message: object,
  depth: number,
  between: string,
  type: MessageType | undefined,
): string {
  const [only, ...more] = fieldsOf(message, type);
  if (only?.name === name && more.length === 0) return describeValue(only.value, depth, only);
  return describeFields(message, depth, between, type);
}

/** What the field of a value says about the value. */
interface FieldType {
  readonly type: MessageType | undefined;
  readonly enumName: (value: number) => string | undefined;
}

interface Field extends FieldType {
  readonly name: string;
  readonly value: unknown;
  readonly ofOneof: boolean;
}

/**
 * The fields that are set. ts-proto gives a oneof as `frame: { $case: "say", say }`: what is set is the field `say`.
 * Dates are left out: where an arrow stands says when, and the rest of the message needs the columns more.
 */
function fieldsOf(message: object, type: MessageType | undefined): Field[] {
  const field = (name: string, value: unknown, ofOneof: boolean): Field => ({
    name,
    value,
    ofOneof,
    type: type?.typeOf(name),
    enumName: (number) => type?.enumName(name, number),
  });
  return Object.entries(message).flatMap(([name, value]): Field[] => {
    if (value === undefined || typeof value === "function" || value instanceof Date) return [];
    if (!isMessage(value) || !("$case" in value)) return [field(name, value, false)];
    const set = String(value.$case);
    return [field(set, (value as Record<string, unknown>)[set], true)];
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

function describeValue(value: unknown, depth: number, field?: FieldType): string {
  if (typeof value === "string") return JSON.stringify(beginning(value.replace(uuid, "$1…")));
  if (typeof value === "number") {
    // Inside a list or another message, six digits of a number are enough.
    const shown = depth > 0 && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
    return field?.enumName(value) ?? String(shown);
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `<${grouped(value.length)} bytes>`;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "<no date>" : value.toISOString().slice("2026-11-21T".length, -1);
  if (depth >= depthShown) return "…";
  if (Array.isArray(value)) {
    const shown = value.slice(0, itemsShown).map((item) => describeValue(item, depth + 1, field));
    if (value.length > itemsShown) shown.push(`… ${grouped(value.length - itemsShown)} more`);
    return `[${shown.join(", ")}]`;
  }
  return `{${describeFields(value, depth + 1, ", ", field?.type)}}`;
}

/**
 * More than can be shown, and no more: to escape and measure a megabyte for 72 columns would cost more than the call.
 */
function beginning(text: string): string {
  const most = labelWidth * 8;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
