import { eventKinds, type TapEvent } from "./event.js";

/**
 * One event per line, each a JSON object with `atNs` as a decimal string: nanoseconds outgrow a double after 104 days.
 * Of a recording give its `events`; of a merged call `call.events.map(({ event }) => event)`, in causal order.
 */
export function toJsonLines(events: Iterable<TapEvent>): string {
  let text = "";
  for (const event of events) text += `${JSON.stringify({ ...event, atNs: event.atNs.toString() })}\n`;
  return text;
}

/**
 * Reads what `toJsonLines` wrote. Blank lines are skipped, unknown fields dropped.
 * @throws {SyntaxError} that names the first bad line by number, and what is wrong with it
 */
export function parseJsonLines(text: string): TapEvent[] {
  const events: TapEvent[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      events.push(eventFrom(JSON.parse(line)));
    } catch (error) {
      throw new SyntaxError(`recording, line ${at + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return events;
}

type Check = { readonly says: string; readonly holds: (value: unknown) => boolean };

const text: Check = { says: "a string", holds: (value) => typeof value === "string" };
const flag: Check = { says: "true or false", holds: (value) => typeof value === "boolean" };
const count: Check = {
  says: "a whole number, not negative",
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};
const texts: Check = {
  says: "an object of strings",
  holds: (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(text.holds),
};
const oneOf = (...allowed: readonly string[]): Check => ({
  says: `one of ${allowed.join(", ")}`,
  holds: (value) => typeof value === "string" && allowed.includes(value),
});

const required: Record<string, Check> = {
  callId: text,
  side: oneOf("client", "server"),
  kind: oneOf(...eventKinds),
  path: text,
  atNs: {
    says: "nanoseconds as a decimal string",
    holds: (value) => typeof value === "string" && /^\d{1,19}$/.test(value),
  },
};
const optional: Record<string, Check> = {
  attempt: count,
  index: count,
  label: text,
  bytes: count,
  // Any integer: a handler may send a code that gRPC does not know.
  code: { says: "an integer", holds: Number.isSafeInteger },
  details: text,
  unsent: flag,
  metadata: texts,
  requestStream: flag,
  responseStream: flag,
};
const indexed: readonly unknown[] = ["request", "response", "note"];

function eventFrom(value: unknown): TapEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("is not an object");
  const given = value as Record<string, unknown>;
  const event: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(required)) {
    if (!check.holds(given[name])) throw new Error(`${name} must be ${check.says}`);
    event[name] = given[name];
  }
  for (const [name, check] of Object.entries(optional)) {
    if (given[name] === undefined) continue;
    if (!check.holds(given[name])) throw new Error(`${name} must be ${check.says}`);
    event[name] = given[name];
  }
  if (indexed.includes(event.kind) && event.index === undefined) throw new Error(`a ${event.kind} needs an index`);
  if (event.kind === "status" && event.code === undefined) throw new Error("a status needs a code");
  event.atNs = BigInt(String(event.atNs));
  return event as unknown as TapEvent;
}
