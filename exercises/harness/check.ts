import type { MergedCall } from "../../src/tap/index.js";
import { ProcessWatch } from "./process-watch.js";
import { Stage } from "./stage.js";

/** What a predicate may ask about the run in which a check failed. */
export interface Evidence {
  /** The id of the check that failed. */
  readonly check: string;
  /** The messages between the two sides. */
  readonly calls: readonly MergedCall[];
  /** What the check noted with {@link Rehearsal.fact}. */
  readonly facts: Facts;
  /** Uncaught exceptions and unhandled rejections. */
  readonly exceptions: readonly unknown[];
  readonly rejections: readonly unknown[];
  /** Resources of the learner's code that keep the process alive, such as `Timeout`. */
  readonly leftovers: readonly string[];
  /** Whether the check failed because nothing more happened. */
  readonly silent: boolean;
  readonly error: unknown;
}

/** Numbers and names of the run, for the placeholders of a message. */
export type Facts = Readonly<Record<string, string | number>>;

/** Whether a run shows a certain mistake. If it does, the result has the facts for the mistake's message. */
export type Predicate = (evidence: Evidence) => Facts | false | undefined;

/** A check that runs. */
export interface Rehearsal extends Stage {
  /** Notes a fact about this run. */
  fact(name: string, value: string | number): void;
}

/** The check still waits, but nothing more happens. */
export class Silence extends Error {
  override readonly name = "Silence";
}

/** How a check ended: it passed, or there is the evidence of its failure. */
export interface Outcome {
  readonly id: string;
  readonly evidence: Evidence | undefined;
  readonly calls: readonly MergedCall[];
  /** See {@link Evidence.leftovers}. After a pass: the resources that are left when the stage is closed. */
  readonly leftovers: readonly string[];
}

/** How often the check must see no new event before that counts as silence, and the milliseconds between two looks. */
const quietLooks = 25;
const lookMs = 100;

const predicates = new Map<string, Predicate>();
const checks = new Map<string, (stage: Rehearsal) => Promise<void>>();
let onUnhandled: () => void = () => {};
const watch = new ProcessWatch(() => onUnhandled());

/** The learner's file: a module with the exports of the solution. */
export async function mine<Exports>(): Promise<Exports> {
  const file = process.env.EXERCISE_FILE;
  if (file === undefined) throw new Error("EXERCISE_FILE does not say which file is to be checked");
  return (await import(file)) as Exports;
}

/**
 * One check of an exercise. Its id has a title in exercise.json. The check fails if the learner's code throws an
 * uncaught error, or if nothing more happens, whatever the check waits for.
 *
 * This is not a mocha test, because mocha would decide what an uncaught error means, and would report it too late.
 */
export function check(id: string, run: (stage: Rehearsal) => Promise<void>): void {
  checks.set(id, run);
}

/** Runs the checks in order, until one fails: the later ones would only repeat its message. */
export async function* outcomes(): AsyncGenerator<Outcome> {
  for (const [id, run] of checks) {
    const outcome = await runCheck(id, run);
    yield outcome;
    if (outcome.evidence) return;
  }
}

async function runCheck(id: string, run: (stage: Rehearsal) => Promise<void>): Promise<Outcome> {
  const facts: Record<string, string | number> = {};
  const fact = (name: string, value: string | number) => {
    facts[name] = value;
  };
  const stage = Object.assign(await Stage.open(), { fact });
  const over = new AbortController();
  const unhandled = new Promise<never>((_, reject) => {
    onUnhandled = () => {
      const { exceptions, rejections } = watch.peek();
      // Messages that the error caused may still be on the way.
      stage.fence().finally(() => reject(exceptions[0] ?? rejections[0]));
    };
  });
  try {
    await Promise.race([run(stage), unhandled, silence(stage, over.signal)]);
    await stage.settled();
    return { id, evidence: undefined, calls: stage.calls, leftovers: await stage.leftBehind() };
  } catch (error) {
    // The learner sees the messages that were still on the way, such as an answer.
    await stage.settled();
    const { calls, leftovers } = stage;
    const silent = error instanceof Silence;
    const evidence = { check: id, calls, facts, ...watch.peek(), leftovers, silent, error };
    return { id, evidence, calls, leftovers };
  } finally {
    over.abort();
    onUnhandled = () => {};
    watch.take();
    stage.close();
  }
}

/** Declares how a recorded run shows a known mistake. Its message has the same id in exercise.json. */
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

/** Fails when nothing more happens: at once if that is certain, otherwise after a while. */
async function silence(stage: Stage, over: AbortSignal): Promise<never> {
  let last = -1;
  let quiet = 0;
  // It is unreferenced, so it does not count as a timer of the learner.
  const patience = new Promise<never>((_, reject) => {
    const timer = setInterval(() => {
      // Looks are counted instead of time, because a process that gets no processor time is not silent.
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
