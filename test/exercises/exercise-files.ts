import { rmSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";

/**
 * A folder of the tests instead of the learner's folder. It is in the checkout, where imports mean the same as for a
 * learner. The runner reads its name once, so a test imports this file before anything of the runner.
 */
export const ownWork = `work/.test-${process.pid}`;
process.env.QUARTET_WORK = ownWork;

const { exerciseNumbered, fileOf, workFolder } = await import("../../exercises/runner/content/exercise.js");
const { solutionOf } = await import("../../exercises/runner/content/regions.js");

export type Exercise = ReturnType<typeof exercise>;

/** The exercise with this number. */
export function exercise(number: string) {
  const found = exerciseNumbered(number);
  if (!found) throw new Error(`no exercise ${number}`);
  return found;
}

/** The file of a learner who has solved an exercise. */
export const solved = (number: string) => solutionOf(fileOf(exercise(number), "solution.ts"));

/** Removes the tests' folder. */
export function emptyOwnWork(): void {
  rmSync(workFolder, { recursive: true, force: true });
}

/** Exercise 03 in a folder of its own, in which an author has changed some files, or removed those without a change. */
export async function changed(
  changes: Readonly<Record<string, ((text: string) => string) | undefined>>,
  more: Partial<Exercise> = {},
): Promise<Exercise> {
  const original = exercise("03");
  const folder = await mkdtemp(join(tmpdir(), "quartet-exercise-"));
  afterTheTest(() => rm(folder, { recursive: true }));
  await cp(original.folder, folder, { recursive: true });
  for (const [file, change] of Object.entries(changes)) {
    const path = join(folder, file);
    if (change) await writeFile(path, change(await readFile(path, "utf8").catch(() => "")));
    else await rm(path);
  }
  return { ...original, folder, ...more };
}
