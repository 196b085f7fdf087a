import type { Failure } from "../../harness/protocol.js";
import type { Exercise, Message } from "../content/exercise.js";
import type { Checked } from "./checker.js";
import type { CompileError } from "./compile.js";

/** The first of these that applies. */
export type Verdict =
  /** `left`: what the learner's code keeps running after the calls. */
  | { readonly kind: "pass"; readonly left: readonly string[] }
  | { readonly kind: "does not compile"; readonly errors: readonly CompileError[] }
  | (Failed & { readonly kind: "mistake"; readonly mistake: string })
  | (Failed & { readonly kind: "crashed" | "silent" | "failed" });

/** What a learner is told about a check that has failed. */
interface Failed {
  /** The check's id; undefined if the file could not be loaded. */
  readonly check: string | undefined;
  readonly message: Message;
  /** The drawing of the learner's own run. */
  readonly diagram: readonly string[];
}

/** The verdict on what the checks have shown. */
export function verdictOf(exercise: Exercise, { checks, end, error, missing = [] }: Omit<Checked, "printed">): Verdict {
  const last = checks.at(-1);
  const failure = last?.failure;
  const diagram = last?.diagram ?? [];
  if (failure?.known) {
    const { id, facts } = failure.known;
    const message = exercise.mistakes[id];
    if (message === undefined) throw new Error(`exercise ${exercise.id} has no message for its mistake ${id}`);
    return { kind: "mistake", mistake: id, check: last?.id, message: withFacts(message, facts), diagram };
  }
  if (end === "not exported")
    return { kind: "failed", check: undefined, message: notExported(exercise, missing), diagram };
  if (end === "not loaded") return { kind: "crashed", check: undefined, message: notLoaded(error), diagram };
  if (failure) return { kind: failure.kind, check: last?.id, message: messages[failure.kind](failure), diagram };
  const next = exercise.checks[checks.length]?.id;
  if (end === "gone") return { kind: "crashed", check: next, message: gone, diagram };
  if (end === "stuck") return { kind: "silent", check: next, message: stuck, diagram };
  if (checks.length < exercise.checks.length)
    throw new Error(`exercise ${exercise.id} has ${exercise.checks.length} checks, and ${checks.length} have run`);
  return { kind: "pass", left: last?.leftovers ?? [] };
}

const read = "README, the numbered tasks";

/** The messages for a failure that shows no known mistake. */
const messages: Readonly<Record<Failure["kind"], (failure: Failure) => Message>> = {
  failed: ({ error }) => ({
    happened: sentence(error.message),
    why: "Your code ran, but it did not do what this check asks for.",
    try: "Compare your run with the expected one, message by message.",
    read,
  }),
  crashed: ({ error }) => ({
    happened: sentence(error.message),
    why: `No code catches this error${placeOf(error)}. In a real server it would end the process.`,
    try: "Find the line, and decide which side must be told of this error.",
    read,
  }),
  silent: ({ lastEvent }) => ({
    happened: `Nothing more happened. The last event: ${lastEvent}.`,
    why: "Your code or the check waits for a message or an end that never comes.",
    try: "Look for a callback that is not called, a call that is not ended, a promise that is never resolved.",
    read,
  }),
};

const notExported = ({ id, name }: Exercise, missing: readonly string[]): Message => ({
  happened: `The file exports no \`${missing.join("`, no `")}\`.`,
  why: `Exercise ${id} calls it. The file is empty, or it is the answer to another exercise.`,
  try: `Restore the lines around your part, or begin again: npm run -s reset -- ${id}. It keeps your file under another name.`,
  read: `exercises/${name}/README.md`,
});

const notLoaded = (error: Checked["error"]): Message => ({
  happened: sentence(error?.message ?? "The file could not be loaded"),
  why: `It happened while the file was being loaded${error ? placeOf(error) : ""}, before anything was called.`,
  try: "Move code that can fail into the functions.",
  read,
});

const gone: Message = {
  happened: "The process ended in the middle of the check.",
  why: "Your code ends it: `process.exit`, or a signal to itself.",
  try: "Let a handler end its call with a status. It must never end the process.",
  read,
};

const stuck: Message = {
  happened: "The processor did not come back from your code.",
  why: "An endless loop blocks the event loop, so nothing can be sent or received.",
  try: "Look for a loop whose condition never changes, or one that awaits nothing.",
  read,
};

/** The line in the learner's file: `, at line 12`. */
function placeOf({ stack }: Failure["error"]): string {
  const [, line] = stack.match(/work\/[^:]*\.ts:(\d+)/) ?? [];
  return line === undefined ? "" : `, at line ${line}`;
}

function sentence(text: string): string {
  const [first = "", second = ""] = text.split("\n");
  // An error that lists other errors, such as RxJS's UnsubscriptionError, says on its second line what happened.
  const said = first.endsWith(":") ? `${first} ${second.trim()}` : first;
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

function withFacts(message: Message, facts: Readonly<Record<string, string | number>>): Message {
  const fill = (text: string) =>
    text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => String(facts[name] ?? `{${name}}`));
  return { happened: fill(message.happened), why: fill(message.why), try: fill(message.try), read: fill(message.read) };
}
