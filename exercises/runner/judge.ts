import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ToChecker } from "../harness/protocol.js";
import { type Compiled, compile, removeBuild } from "./compile.js";
import type { Exercise } from "./exercise.js";
import { Checker, type CheckOptions } from "./run-check.js";
import { type Around, verdictScreen } from "./screen.js";
import { fencesOf, sectionsOf } from "./sections.js";
import { type Verdict, verdictOf } from "./verdict.js";

/** How wide a diagram is drawn, in columns: two of them fit beside each other on 80. */
const diagramWidth = 34;

/** A verdict on a file, and how long it took from the moment in which it was asked for, in milliseconds. */
export interface Judged {
  readonly verdict: Verdict;
  readonly tookMs: number;
}

export interface JudgeOptions extends CheckOptions {
  /** One that waits already; a new one by default. */
  readonly checker?: Checker;
  /** What is checked; the learner's file by default. */
  readonly file?: string;
}

/** Compiles the learner's file and checks it. */
export async function judge(
  exercise: Exercise,
  { checker = new Checker(), file = exercise.work, ...checking }: JudgeOptions = {},
): Promise<Judged> {
  const began = performance.now();
  try {
    const compiled = await compile(file);
    const verdict = await checked(exercise, compiled, checker, checking);
    const tookMs = performance.now() - began;
    await removeBuild(compiled);
    return { verdict, tookMs };
  } finally {
    checker.end();
  }
}

async function checked(exercise: Exercise, compiled: Compiled, checker: Checker, options: CheckOptions) {
  if ("errors" in compiled) return { kind: "does not compile", errors: compiled.errors } as const;
  return verdictOf(exercise, await checker.check(taskOf(exercise, compiled.url), options));
}

/** What a process that checks is told of a file that has been compiled. */
export function taskOf({ check }: Exercise, file: string): ToChecker {
  return { file, check, width: diagramWidth };
}

/** How the run of a check should look: what the solution was recorded with. Empty where nothing is drawn. */
function expectedDiagram(exercise: Exercise, check: string | undefined): readonly string[] {
  const file = join(exercise.folder, "expected.md");
  const sections = existsSync(file) ? sectionsOf(readFileSync(file, "utf8")) : [];
  const drawn = sections.filter(({ title }) => title === check).flatMap(({ text }) => fencesOf(text));
  return drawn.flatMap(({ code }) => code.trimEnd().split("\n"));
}

/** The screen of a verdict, as lines: what was, and beside it how the run of that check should look. */
export function judgedScreen(
  exercise: Exercise,
  { verdict, tookMs }: Judged,
  around: Pick<Around, "width" | "paint">,
): readonly string[] {
  const expected = "check" in verdict ? expectedDiagram(exercise, verdict.check) : [];
  return verdictScreen(exercise, verdict, { ...around, tookMs, expected });
}
