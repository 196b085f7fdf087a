import type { Failure } from "../harness/protocol.js";
import type { CompileError } from "./compile.js";
import type { Exercise, Message } from "./exercise.js";
import type { Checked } from "./run-check.js";

/** One only, the first that applies. */
export type Verdict =
  /** `left`: what of the learner's is still running when the calls are over. */
  | { readonly kind: "pass"; readonly left: readonly string[] }
  | { readonly kind: "does not compile"; readonly errors: readonly CompileError[] }
  | (Failed & { readonly kind: "mistake"; readonly mistake: string })
  | (Failed & { readonly kind: "crashed" | "silent" | "failed" });

/** What a learner is told about a check that has failed. */
interface Failed {
  /** The check's id. Absent where the file could not even be loaded. */
  readonly check: string | undefined;
  readonly message: Message;
  /** The learner's own run, drawn. */
  readonly diagram: readonly string[];
}

/** The verdict on what was seen. */
export function verdictOf(exercise: Exercise, { checks, end, error, missing }: Checked): Verdict {
  const last = checks.at(-1);
  const failure = last?.failure;
  const diagram = last?.diagram ?? [];
  if (failure?.known) {
    const { id, facts } = failure.known;
    const message = exercise.mistakes[id];
    if (message === undefined) throw new Error(`exercise ${exercise.id} has no message for its mistake ${id}`);
    return { kind: "mistake", mistake: id, check: last?.id, message: filled(message, facts), diagram };
  }
  if (end === "not exported")
    return { kind: "failed", check: undefined, message: notExported(exercise, missing ?? []), diagram };
  if (end === "not loaded") return { kind: "crashed", check: undefined, message: notLoaded(error), diagram };
  if (failure) return { ...judged(failure), check: last?.id, diagram };
  const next = exercise.checks[checks.length]?.id;
  if (end === "gone") return { kind: "crashed", check: next, message: gone, diagram };
  if (end === "stuck") return { kind: "silent", check: next, message: stuck, diagram };
  if (checks.length < exercise.checks.length)
    throw new Error(`exercise ${exercise.id} has ${exercise.checks.length} checks, and ${checks.length} have run`);
  return { kind: "pass", left: checks.at(-1)?.leftovers ?? [] };
}

function judged({ kind, error, lastEvent }: Failure): { kind: "crashed" | "silent" | "failed"; message: Message } {
  if (kind === "silent") return { kind, message: silent(lastEvent) };
  if (kind === "crashed") return { kind, message: crashed(error) };
  return {
    kind,
    message: {
      happened: sentence(error.message),
      why: "Your code ran, and did something else than this check asks for.",
      try: "Compare yours with what is expected, message by message.",
      read: "README, the numbered tasks",
    },
  };
}

function silent(lastEvent: string): Message {
  return {
    happened: `Nothing more happened. The last thing that was seen: ${lastEvent}.`,
    why: "Somebody waits for something that nobody will send.",
    try: "Look for a callback that is not called, a call that is not ended, a promise that nobody resolves.",
    read: "README, the numbered tasks",
  };
}

function crashed(error: Failure["error"]): Message {
  return {
    happened: sentence(error.message),
    why: `It was thrown where nobody catches it${placeOf(error)}. In a server of its own that ends the process.`,
    try: "Find the line, and decide who is to learn of this error.",
    read: "README, the numbered tasks",
  };
}

function notExported({ id, name }: Exercise, missing: readonly string[]): Message {
  return {
    happened: `The file exports no \`${missing.join("`, no `")}\`.`,
    why: `That is what exercise ${id} calls. The file is empty, or it is the answer to another exercise.`,
    try: `Bring back the lines outside of yours, or begin again: npm run -s reset -- ${id}. What is there is kept.`,
    read: `exercises/${name}/README.md`,
  };
}

function notLoaded(error: Failure["error"] | undefined): Message {
  return {
    happened: sentence(error?.message ?? "The file could not be loaded"),
    why: `It happened while the file was being loaded${error ? placeOf(error) : ""}, before anything was called.`,
    try: "Outside of the functions there should be nothing that can fail.",
    read: "README, the numbered tasks",
  };
}

const gone: Message = {
  happened: "The process has ended in the middle of the check.",
  why: "Something in your code ends it: `process.exit`, or a signal to itself.",
  try: "A server's handler answers with a status; it never ends the process.",
  read: "README, the numbered tasks",
};

const stuck: Message = {
  happened: "The processor did not come back from your code.",
  why: "A loop without an end holds the event loop: nothing can be sent or received meanwhile.",
  try: "Look for a loop whose condition never changes, or one that awaits nothing.",
  read: "README, the numbered tasks",
};

/** Where in the learner's file: `, at line 12`. */
function placeOf({ stack }: Failure["error"]): string {
  const [, line] = stack.match(/work\/[^:]*\.ts:(\d+)/) ?? [];
  return line === undefined ? "" : `, at line ${line}`;
}

function sentence(text: string): string {
  const [first = "", second = ""] = text.split("\n");
  // An error that lists others, as RxJS's UnsubscriptionError: what happened is in its list.
  const said = first.endsWith(":") ? `${first} ${second.trim()}` : first;
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

function filled(message: Message, facts: Readonly<Record<string, string | number>>): Message {
  const fill = (text: string) =>
    text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => String(facts[name] ?? `{${name}}`));
  return { happened: fill(message.happened), why: fill(message.why), try: fill(message.try), read: fill(message.read) };
}
