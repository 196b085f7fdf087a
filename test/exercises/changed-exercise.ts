import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import "./own-work.js";

const { exerciseNumbered } = await import("../../exercises/runner/exercise.js");
export type Exercise = NonNullable<ReturnType<typeof exerciseNumbered>>;

export type Changes = Readonly<Record<string, (text: string) => string>>;

/** Exercise 03 in a folder of its own, in which an author has changed something. */
export async function changed(changes: Changes, more: Partial<Exercise> = {}): Promise<Exercise> {
  const exercise = exerciseNumbered("03");
  if (!exercise) throw new Error("no exercise 03");
  const folder = await mkdtemp(join(tmpdir(), "quartet-exercise-"));
  afterTheTest(() => rm(folder, { recursive: true }));
  await cp(exercise.folder, folder, { recursive: true });
  for (const [file, change] of Object.entries(changes)) {
    const path = join(folder, file);
    await writeFile(path, change(await readFile(path, "utf8").catch(() => "")));
  }
  return { ...exercise, folder, ...more };
}
