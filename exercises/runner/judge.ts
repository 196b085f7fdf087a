import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compiled, compile, removeBuild } from "./compile.js";
import type { Exercise } from "./exercise.js";
import { Checker, type CheckOptions } from "./run-check.js";
import { type Verdict, verdictOf } from "./verdict.js";

/** How wide a diagram is drawn, in columns: two of them fit beside each other on 80. */
export const diagramWidth = 34;

/** A verdict on a file, and how long it took from the moment in which it was asked for, in milliseconds. */
export interface Judged {
  readonly verdict: Verdict;
  readonly tookMs: number;
}

/** Compiles the learner's file and checks it. @param checker one that waits already; a new one by default */
export async function judge(exercise: Exercise, options: JudgeOptions = {}): Promise<Judged> {
  const { file = exercise.work, checker = new Checker(), ...checking } = options;
  const began = performance.now();
  try {
    const compiled = await compile(file);
    const verdict = await judgeCompiled(exercise, compiled, checker, checking);
    const tookMs = performance.now() - began;
    await removeBuild(compiled);
    return { verdict, tookMs };
  } finally {
    checker.end();
  }
}

export interface JudgeOptions extends CheckOptions {
  /** The learner's own by default. */
  readonly file?: string;
  readonly checker?: Checker;
}

/** The verdict on a file that has been compiled, or could not be. */
export async function judgeCompiled(
  exercise: Exercise,
  compiled: Compiled,
  checker: Checker,
  options: CheckOptions = {},
): Promise<Verdict> {
  if ("errors" in compiled) return { kind: "does not compile", errors: compiled.errors };
  const task = { file: compiled.url, check: exercise.check, width: diagramWidth };
  return verdictOf(exercise, await checker.check(task, options));
}

/** How the run of a check should look: what the solution was recorded with. Empty where nothing is drawn. */
export function expectedDiagram(exercise: Exercise, check: string | undefined): readonly string[] {
  const file = join(exercise.folder, "expected", `${check}.txt`);
  return check !== undefined && existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}
