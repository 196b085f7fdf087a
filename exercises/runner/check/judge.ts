import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Answer } from "../content/answers.js";
import { type Exercise, workFolder } from "../content/exercise.js";
import { type Checked, Checker } from "./checker.js";
import { type Compiled, compileAll } from "./compile.js";
import { type Verdict, verdictOf } from "./verdict.js";

/** How wide a diagram is, in columns: two diagrams fit beside each other on 80. */
const diagramWidth = 34;

/** A verdict on a file. */
export interface Judged {
  readonly verdict: Verdict;
  /** The time from the request to the verdict, in milliseconds. */
  readonly tookMs: number;
  /** Absent if the file does not compile. */
  readonly checked?: Checked;
}

export interface JudgeOptions {
  /** A process that already waits; a new one by default. */
  readonly checker?: Checker;
  /** Ends the check. */
  readonly signal?: AbortSignal;
}

/** Compiles a file, the learner's by default, and checks it. */
export async function judge(
  exercise: Exercise,
  { file = exercise.work, checker = new Checker(), signal }: JudgeOptions & { readonly file?: string } = {},
): Promise<Judged> {
  const began = performance.now();
  const builds = join(dirname(file), ".build");
  let out: string | undefined;
  try {
    await mkdir(builds, { recursive: true });
    // Another runner may compile the same file.
    out = await mkdtemp(join(builds, "run-"));
    const [compiled] = await compileAll([file], out);
    if (!compiled) throw new Error(`${file} was not compiled`);
    const judged = await judgeCompiled(exercise, compiled, checker, signal);
    return { ...judged, tookMs: performance.now() - began };
  } finally {
    checker.end();
    if (out) await rm(out, { recursive: true, force: true });
  }
}

/** Checks a file that has been compiled. */
export async function judgeCompiled(
  exercise: Exercise,
  compiled: Compiled,
  checker = new Checker(),
  signal?: AbortSignal,
): Promise<Judged> {
  const began = performance.now();
  if ("errors" in compiled) return { verdict: { kind: "does not compile", errors: compiled.errors }, tookMs: 0 };
  const checked = await checker.check({ file: compiled.url, check: exercise.check, width: diagramWidth }, signal);
  return { verdict: verdictOf(exercise, checked), tookMs: performance.now() - began, checked };
}

/** Judges an answer as if the learner had written it. The learner's own file stays as it is. */
export async function judgeAnswer(exercise: Exercise, answer: Answer, options: JudgeOptions = {}): Promise<Judged> {
  const folder = join(workFolder, `.played-${process.pid}`);
  const file = join(folder, `${exercise.name}--${answer.name}.ts`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(file, answer.text);
    return await judge(exercise, { ...options, file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
