import { pathToFileURL } from "node:url";
import { drawSequence, type EventKind, type MergedCall } from "../../src/tap/index.js";
import { type Evidence, knownMistake, outcomes } from "./check.js";
import type { Failure, FromChecker, ToChecker } from "./protocol.js";

/**
 * The process in which one check of a learner's file runs. It starts early and waits with everything loaded. It only
 * reports what it saw; the runner makes a verdict of that.
 */
function main(): void {
  process.once("message", (message: ToChecker) => {
    // While the event loop turns, however slowly, the learner's code does not block it.
    setInterval(() => say({ type: "alive" }), aliveMs).unref();
    run(message).catch((error: unknown) => say({ type: "end", end: "not loaded", error: described(error) }));
  });
  say({ type: "ready" });
}

async function run({ file, check, width }: ToChecker): Promise<void> {
  process.env.EXERCISE_FILE = file;
  const missing = await missingExports(file, new URL("solution.js", pathToFileURL(check)).href);
  if (missing.length > 0) {
    say({ type: "end", end: "not exported", missing });
    return;
  }
  await import(pathToFileURL(check).href);
  for await (const { id, evidence, calls, leftovers } of outcomes()) {
    const diagram = draw(calls, width);
    say({ type: "check", id, diagram, leftovers, ...(evidence && { failure: failureOf(evidence) }) });
  }
  say({ type: "end", end: "done" });
}

/** The functions that a check calls and the learner's file does not export: it is empty, or of another exercise. */
async function missingExports(file: string, solution: string): Promise<string[]> {
  const [mine, theirs] = await Promise.all(
    [file, solution].map((url) => import(url) as Promise<Readonly<Record<string, unknown>>>),
  );
  return Object.keys(theirs ?? {}).filter((name) => mine?.[name] === undefined);
}

function failureOf(evidence: Evidence): Failure {
  const { error, silent, exceptions, rejections, calls } = evidence;
  const crashed = exceptions.includes(error) || rejections.includes(error);
  const known = knownMistake(evidence);
  return {
    error: described(error),
    kind: silent ? "silent" : crashed ? "crashed" : "failed",
    lastEvent: lastEvent(calls),
    ...(known && { known }),
  };
}

/** How often the process reports that its event loop turns, in milliseconds. */
const aliveMs = 250;

/** A message that takes less time than this is one arrow: a busy machine must not change the learner's diagram. */
const longestWaitMs = 3_600_000;

/** Draws the first call, which the check is about. */
function draw(calls: readonly MergedCall[], width: number): readonly string[] {
  const [call] = calls;
  if (!call) return [];
  // Without the line that names the method: two diagrams stand side by side.
  return drawSequence(call, { width, heldMs: longestWaitMs }).split("\n").slice(1);
}

/** The last event in words, for an answer that fell silent. */
function lastEvent(calls: readonly MergedCall[]): string {
  const event = calls.flatMap(({ events }) => events).at(-1)?.event;
  if (event === undefined) return "nothing: no call was made";
  const label = event.label ? ` ${event.label}` : "";
  return `${inWords[event.kind]}${label}, at the ${event.side}`;
}

/** Events in words for a learner who may not know their names yet. */
const inWords: Readonly<Record<EventKind, string>> = {
  call: "the call itself",
  headers: "the headers of the answer",
  request: "the request",
  response: "the message",
  "half-close": "the end of the requests (half-close)",
  status: "the end of the call (its status)",
  cancel: "the call was cancelled",
  ended: "the call was over",
  note: "the event that is drawn as",
};

function described(error: unknown): { readonly message: string; readonly stack: string } {
  if (error instanceof Error) return { message: error.message, stack: error.stack ?? "" };
  return { message: String(error), stack: "" };
}

function say(message: FromChecker): void {
  process.send?.(message);
}

main();
