import type { MergedCall } from "../../src/tap/index.js";
import { ProcessWatch } from "./process-watch.js";
import { Stage } from "./stage.js";

/** What a predicate may ask of the run in which a check has failed. */
export interface Evidence {
  /** The id of the check that has failed. */
  readonly check: string;
  /** What passed between the two sides. */
  readonly calls: readonly MergedCall[];
  /** What the check has written down by {@link Rehearsal.fact}. */
  readonly facts: Facts;
  /** What was thrown where nobody catches it, and what was rejected where nobody looks. */
  readonly exceptions: readonly unknown[];
  readonly rejections: readonly unknown[];
  /** What keeps the process alive and is the learner's: `Timeout`, and the like. */
  readonly leftovers: readonly string[];
  /** Whether the check has failed because nothing happened any more. */
  readonly silent: boolean;
  /** With what it has failed. */
  readonly error: unknown;
}

/** Numbers and names of the run, by which a message speaks of it. */
export type Facts = Readonly<Record<string, string | number>>;

/** Whether a run shows a certain mistake: the facts that its message names if it does. */
export type Predicate = (evidence: Evidence) => Facts | false | undefined;

/** A check that is under way. */
export interface Rehearsal extends Stage {
  /** Writes down something of this run. */
  fact(name: string, value: string | number): void;
}

/** Nothing happens any more, and the check waits still. */
export class Silence extends Error {
  override readonly name = "Silence";
}

/** How a check has ended: well, or with the evidence of how it has not. */
export interface Outcome {
  readonly id: string;
  readonly evidence: Evidence | undefined;
  readonly calls: readonly MergedCall[];
  /** See {@link Evidence.leftovers}; of a check that has passed what is left when the stage is closed. */
  readonly leftovers: readonly string[];
}

/** So often the check looks whether something has happened, and so far apart in milliseconds, before it takes that for silence. */
const quietLooks = 25;
const lookMs = 100;

const predicates = new Map<string, Predicate>();
const checks = new Map<string, (stage: Rehearsal) => Promise<void>>();
let unheardOf: () => void = () => {};
const watch = new ProcessWatch(() => unheardOf());

/** The learner's file: a module with the exports of the solution. */
export async function mine<Exports>(): Promise<Exports> {
  const file = process.env.EXERCISE_FILE;
  if (file === undefined) throw new Error("EXERCISE_FILE does not say which file is to be checked");
  return (await import(file)) as Exports;
}

/**
 * One check of an exercise, with the id that exercise.json gives a title. Where the learner's code throws what nobody
 * catches, or nothing happens any more, it has failed, whatever it waits for.
 *
 * These are no tests of mocha, which would decide for itself what an uncaught error means, and when it is too late.
 */
export function check(id: string, rehearse: (stage: Rehearsal) => Promise<void>): void {
  checks.set(id, rehearse);
}

/** Runs the checks, in their order, up to the first that fails: those after it would say the same again. */
export async function* outcomes(): AsyncGenerator<Outcome> {
  for (const [id, rehearse] of checks) {
    const outcome = await rehearsed(id, rehearse);
    yield outcome;
    if (outcome.evidence) return;
  }
}

async function rehearsed(id: string, rehearse: (stage: Rehearsal) => Promise<void>): Promise<Outcome> {
  const facts: Record<string, string | number> = {};
  const fact = (name: string, value: string | number) => {
    facts[name] = value;
  };
  const stage = Object.assign(await Stage.open(), { fact });
  const over = new AbortController();
  const unheard = new Promise<never>((_, reject) => {
    unheardOf = () => {
      const { exceptions, rejections } = watch.peek();
      // What it leads to may still be on its way.
      stage.fence().finally(() => reject(exceptions[0] ?? rejections[0]));
    };
  });
  try {
    await Promise.race([rehearse(stage), unheard, silence(stage, over.signal)]);
    await stage.settled();
    return { id, evidence: undefined, calls: stage.calls, leftovers: await stage.leftBehind() };
  } catch (error) {
    // What comes of it belongs to what the learner sees: an answer that was on its way.
    await stage.settled();
    const { calls, leftovers } = stage;
    const silent = error instanceof Silence;
    const evidence = { check: id, calls, facts, ...watch.peek(), leftovers, silent, error };
    return { id, evidence, calls, leftovers };
  } finally {
    over.abort();
    unheardOf = () => {};
    watch.take();
    stage.close();
  }
}

/** Says how a known mistake shows in what was recorded. Its message is in exercise.json, under the same id. */
export function mistake(id: string, predicate: Predicate): void {
  predicates.set(id, predicate);
}

/** The first known mistake that a run shows, and the facts for its message. */
export function knownMistake(evidence: Evidence): { readonly id: string; readonly facts: Facts } | undefined {
  for (const [id, predicate] of predicates) {
    const facts = predicate(evidence);
    if (facts) return { id, facts: { ...evidence.facts, ...facts } };
  }
  return undefined;
}

/** Fails when nothing happens any more: at once where that is certain, and after a while where it is not. */
async function silence(stage: Stage, over: AbortSignal): Promise<never> {
  let last = -1;
  let quiet = 0;
  // Unreferenced, and not one of the learner's timers.
  const patience = new Promise<never>((_, reject) => {
    const timer = setInterval(() => {
      // Looks are counted, and not time: a process that the machine does not let run has not fallen silent.
      quiet = stage.happened === last ? quiet + 1 : 0;
      last = stage.happened;
      if (quiet < quietLooks && !over.aborted) return;
      clearInterval(timer);
      reject(new Silence());
    }, lookMs).unref();
    over.addEventListener("abort", () => clearInterval(timer));
  });
  const certain = stage
    .still(over)
    .then((): Promise<never> => (over.aborted ? new Promise(() => {}) : Promise.reject(new Silence())));
  return Promise.race([patience, certain]);
}
