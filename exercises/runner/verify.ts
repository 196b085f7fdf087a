import { mkdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Answer, answersOf } from "./answers.js";
import { type Compiled, compileAll } from "./compile.js";
import { type Exercise, root } from "./exercise.js";
import { compareShown } from "./golden.js";
import { taskOf } from "./judge.js";
import { play } from "./play.js";
import { type Checked, Checker } from "./run-check.js";
import { samplesOf } from "./samples.js";
import { type Verdict, verdictOf } from "./verdict.js";
import { objectionsTo } from "./well-made.js";

type Subject = Answer & { readonly exercise: Exercise };

/** How the run went. */
export interface Verified {
  readonly passed: number;
  readonly failures: readonly string[];
  /** Of all verdicts but silence, in milliseconds, from a file that is compiled. */
  readonly tookMs: readonly number[];
  /** Of all but silence, in milliseconds, from a file that is saved, as a learner waits: one after the other, on what each begins with and on its solution. */
  readonly waitedMs: readonly number[];
}

export interface VerifyOptions {
  readonly repeat: number;
  /** Writes what is golden in place of comparing it. */
  readonly update: boolean;
  /** Those to be proven. */
  readonly chosen: readonly Exercise[];
  readonly say: (line: string) => void;
}

/**
 * Proves of every exercise: what the learner begins with fails on the check that it names, the solution passes and leaves
 * nothing behind, and each mistake gets its own message and no other. And that what is shown is what it was.
 */
export async function verify({ repeat, update, chosen, say }: VerifyOptions): Promise<Verified> {
  const failures: string[] = [];
  const tookMs: number[] = [];
  let passed = 0;
  for (const exercise of chosen)
    failures.push(...objectionsTo(exercise).map((text) => `exercises/${exercise.name}: ${text}`));
  const subjects = chosen.flatMap((exercise) => answersOf(exercise).map((answer) => ({ exercise, ...answer })));
  const samples = chosen.flatMap(samplesOf);
  // Below work/, where `#gen` and `#harness` mean what they mean to a learner.
  const folder = join(root, "work", `.verify-${process.pid}`);
  await mkdir(folder, { recursive: true });
  const files = [
    ...subjects.map(({ exercise, name, text }) => ({ path: join(folder, `${exercise.name}--${name}.ts`), text })),
    ...samples.map(({ text }, index) => ({ path: join(folder, `sample-${index}.ts`), text })),
  ];
  try {
    await Promise.all(files.map(({ path, text }) => writeFile(path, text)));
    const compiled = await compileAll(files.map(({ path }) => path));
    for (const [index, { place }] of samples.entries()) {
      const sample = compiled[subjects.length + index];
      if (sample && "errors" in sample)
        failures.push(`${place}: the code does not compile: ${sample.errors[0]?.sentence}`);
    }
    for (let round = 1; round <= repeat; round += 1) {
      const prove = async (subject: Subject) => {
        const result = compiled[subjects.indexOf(subject)];
        if (result === undefined) throw new Error("a subject was not compiled");
        const began = performance.now();
        const run = await judged(subject, result);
        const { verdict } = run;
        const took = performance.now() - began;
        const title = `${subject.exercise.id} ${subject.name}`;
        const objection = objectionTo(subject, run);
        const shown = compareShown(subject.exercise, subject, run, update && round === 1);
        if (objection !== undefined) shown.push(`${title}: ${objection}`);
        if (verdict.kind !== "silent") tookMs.push(took);
        failures.push(...shown);
        if (shown.length === 0) passed += 1;
        say(`${shown.length === 0 ? "✓" : "✗"} ${title}  ${verdict.kind}  ${took.toFixed(0)} ms`);
      };
      // The solutions first: how they ran is what the screens of the others show beside.
      const isSolution = ({ name }: Subject) => name === "solution";
      await inParallel(subjects.filter(isSolution), prove);
      await inParallel(
        subjects.filter((subject) => !isSolution(subject)),
        prove,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { passed, failures, tookMs, waitedMs: await waited(chosen) };
}

/** How long a learner waits: a process has loaded everything before the file is saved, as in the watch. */
async function waited(chosen: readonly Exercise[]): Promise<number[]> {
  const waits: number[] = [];
  for (const exercise of chosen) {
    for (const answer of answersOf(exercise).filter(({ gets }) => gets === undefined)) {
      const checker = new Checker();
      await checker.ready();
      const { verdict, tookMs } = await play(exercise, answer, { checker });
      if (verdict.kind !== "silent") waits.push(tookMs);
    }
  }
  return waits;
}

/** What is wrong with what came of an answer; undefined for nothing. */
function objectionTo({ exercise, name, gets }: Subject, { verdict, checked, printed }: Run): string | undefined {
  const got = `and got ${told(verdict)}`;
  if (name === "solution") {
    if (verdict.kind !== "pass") return `it must pass, ${got}`;
    // Of every check, and not of the last alone: what an earlier one left behind may have gone by itself.
    const left = checked?.checks.flatMap(({ leftovers }) => leftovers).join(", ");
    return printed || left ? `it passed, printed '${printed}', and left behind: ${left || "nothing"}` : undefined;
  }
  const { startFails } = exercise;
  if (gets === undefined)
    return "check" in verdict && verdict.check === startFails ? undefined : `it must fail on ${startFails}, ${got}`;
  if (verdict.kind !== "mistake" || verdict.mistake !== gets) return `it must get ${gets}, ${got}`;
  const [fact] = JSON.stringify(verdict.message).match(/\{\w+\}/) ?? [];
  return fact && `its message names ${fact}, which is no fact of the run`;
}

/** What came of an answer. */
interface Run {
  readonly verdict: Verdict;
  readonly checked?: Checked;
  readonly printed?: string;
}

async function judged({ exercise }: Subject, compiled: Compiled): Promise<Run> {
  if ("errors" in compiled) return { verdict: { kind: "does not compile", errors: compiled.errors } };
  const checker = new Checker();
  let printed = "";
  const checked = await checker.check(taskOf(exercise, compiled.url), { printed: (text) => (printed += text) });
  return { verdict: verdictOf(exercise, checked), checked, printed };
}

function told(verdict: Verdict): string {
  if (verdict.kind === "pass") return "a pass";
  if (verdict.kind === "does not compile") return `a compile error: ${verdict.errors[0]?.sentence}`;
  if (verdict.kind === "mistake") return `${verdict.mistake} on ${verdict.check}`;
  return `${verdict.kind} on ${verdict.check}: ${verdict.message.happened}`;
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < all.length; index = next++) await work(all[index] as T);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}
