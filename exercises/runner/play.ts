import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Answer } from "./answers.js";
import { type Exercise, workFolder } from "./exercise.js";
import { type Judged, type JudgeOptions, judge } from "./judge.js";

/** Checks an answer as if the learner had written it; the learner's own file stays as it is. */
export async function play(
  exercise: Exercise,
  { name, text }: Answer,
  options: Omit<JudgeOptions, "file"> = {},
): Promise<Judged> {
  const folder = join(workFolder, `.played-${process.pid}`);
  const file = join(folder, `${exercise.name}--${name}.ts`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(file, text);
    return await judge(exercise, { ...options, file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
