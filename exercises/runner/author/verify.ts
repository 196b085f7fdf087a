import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Checker } from "../check/checker.js";
import { type Compiled, compileTexts } from "../check/compile.js";
import { type Judged, judgeAnswer, judgeCompiled } from "../check/judge.js";
import type { Verdict } from "../check/verdict.js";
import { type Answer, answersOf } from "../content/answers.js";
import { type Exercise, root } from "../content/exercise.js";
import { compareShown } from "./golden.js";
import { samplesOf } from "./samples.js";
import { objectionsTo } from "./well-made.js";

export interface VerifyOptions {
  readonly repeat: number;
  /** Whether to write the generated files instead of comparing them. */
  readonly update: boolean;
  readonly chosen: readonly Exercise[];
  readonly say: (line: string) => void;
}

/** An answer that is proven. */
interface Subject {
  readonly exercise: Exercise;
  readonly answer: Answer;
  readonly compiled: Compiled;
}

/**
 * Proves of each exercise: the starter fails on the check that the exercise names, the solution passes and leaves
 * nothing behind, and each mistake gets its own message. What the learner sees is the same as in the generated files.
 *
 * @returns `failures`, and in `tookMs` the time of each verdict but silence, from a compiled file, in milliseconds
 */
export async function verify({ repeat, update, chosen, say }: VerifyOptions) {
  const failures = chosen.flatMap((exercise) =>
    objectionsTo(exercise).map((text) => `exercises/${exercise.name}: ${text}`),
  );
  const tookMs: number[] = [];
  let passed = 0;
  // The folder is below work/, where `#gen` and `#harness` mean the same as for a learner.
  const folder = join(root, "work", `.verify-${process.pid}`);
  await mkdir(folder, { recursive: true });
  try {
    const { subjects, objections } = await compiledIn(folder, chosen);
    failures.push(...objections);
    for (let round = 1; round <= repeat; round += 1) {
      const prove = async (subject: Subject) => {
        const { exercise, answer, compiled } = subject;
        const run = await judgeCompiled(exercise, compiled);
        const title = `${exercise.id} ${answer.name}`;
        const objection = objectionTo(subject, run);
        const all = compareShown(exercise, answer, run, update && round === 1);
        if (objection !== undefined) all.push(`${title}: ${objection}`);
        if (run.verdict.kind !== "silent") tookMs.push(run.tookMs);
        failures.push(...all);
        if (all.length === 0) passed += 1;
        say(`${all.length === 0 ? "✓" : "✗"} ${title}  ${run.verdict.kind}  ${run.tookMs.toFixed(0)} ms`);
      };
      // The solutions run first, because the screens of the other answers show the solution's run.
      const isSolution = ({ answer }: Subject) => answer.name === "solution";
      await inParallel(subjects.filter(isSolution), prove);
      await inParallel(
        subjects.filter((subject) => !isSolution(subject)),
        prove,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { passed, failures, tookMs };
}

/** Compiles all answers and samples at once, and objects to samples that do not compile. */
async function compiledIn(folder: string, chosen: readonly Exercise[]) {
  const answers = chosen.flatMap((exercise) => answersOf(exercise).map((answer) => ({ exercise, answer })));
  const samples = chosen.flatMap(samplesOf);
  const texts = [...answers.map(({ answer }) => answer), ...samples].map(({ text }) => text);
  const all = await compileTexts(texts, folder);
  const subjects = answers.map((each, index) => ({ ...each, compiled: all[index] as Compiled }));
  const objections = samples.flatMap(({ place }, index) => {
    const sample = all[answers.length + index];
    if (!(sample && "errors" in sample)) return [];
    return `${place}: the code does not compile: ${sample.errors[0]?.sentence}`;
  });
  return { subjects, objections };
}

/**
 * How long a learner waits for the verdict on each starter and solution, in milliseconds. As in the watch, a process
 * has loaded everything before the file is saved.
 */
export async function learnersWaits(chosen: readonly Exercise[]): Promise<number[]> {
  const waits: number[] = [];
  for (const exercise of chosen) {
    for (const answer of answersOf(exercise).filter(({ gets }) => gets === undefined)) {
      const checker = new Checker();
      await checker.ready;
      const { verdict, tookMs } = await judgeAnswer(exercise, answer, { checker });
      if (verdict.kind !== "silent") waits.push(tookMs);
    }
  }
  return waits;
}

/** What is wrong with the run of an answer; undefined if nothing is. */
function objectionTo({ exercise, answer: { name, gets } }: Subject, { verdict, checked }: Judged) {
  const got = `and got ${told(verdict)}`;
  if (name === "solution") {
    if (verdict.kind !== "pass") return `it must pass, ${got}`;
    // Look at each check: leftovers of an earlier one may be gone by the last one.
    const left = checked?.checks.flatMap(({ leftovers }) => leftovers).join(", ");
    const printed = checked?.printed;
    return printed || left ? `it passed, printed '${printed}', and left ${left || "nothing"}` : undefined;
  }
  const { startFails } = exercise;
  if (gets === undefined)
    return "check" in verdict && verdict.check === startFails ? undefined : `it must fail on ${startFails}, ${got}`;
  if (verdict.kind !== "mistake" || verdict.mistake !== gets) return `it must get ${gets}, ${got}`;
  const [fact] = JSON.stringify(verdict.message).match(/\{\w+\}/) ?? [];
  return fact && `its message names ${fact}, which is not a fact of the run`;
}

function told(verdict: Verdict): string {
  if (verdict.kind === "pass") return "a pass";
  if (verdict.kind === "does not compile") return `a compile error: ${verdict.errors[0]?.sentence}`;
  if (verdict.kind === "mistake") return `${verdict.mistake} on ${verdict.check}`;
  return `${verdict.kind} on ${verdict.check}: ${verdict.message.happened}`;
}

/** Does the work for each, as many at a time as there are processors. */
async function inParallel<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const lane = async () => {
    for (const each of rest) await work(each);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}
