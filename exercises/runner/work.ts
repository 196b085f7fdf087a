import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type Exercise, fileOf, root, workFolder } from "./exercise.js";
import { starterOf } from "./regions.js";

/** The options with which an editor reads the learner's files: those that the check compiles them with. */
const editorsConfig = `{ "extends": "../exercises/tsconfig.work.json", "include": ["*.ts"] }\n`;

/** Makes the learner's copy if it is missing. @returns whether it was */
export async function ensureWork(exercise: Exercise): Promise<boolean> {
  await mkdir(workFolder, { recursive: true });
  const config = join(workFolder, "tsconfig.json");
  if (!existsSync(config)) await writeFile(config, editorsConfig);
  if (existsSync(exercise.work)) return false;
  await writeFile(exercise.work, starterOf(fileOf(exercise, "solution.ts")));
  return true;
}

/** Begins again: what was there is kept. @returns where, from the root of the checkout; undefined if nothing was there */
export async function resetWork(exercise: Exercise, now = new Date()): Promise<string | undefined> {
  if (!existsSync(exercise.work)) {
    await ensureWork(exercise);
    return undefined;
  }
  const stamp = now.toISOString().replaceAll(/[:.]/g, "-");
  const backup = join(workFolder, ".backup", `${basename(exercise.work, ".ts")}.${stamp}.ts`);
  await mkdir(dirname(backup), { recursive: true });
  await copyFile(exercise.work, backup);
  await writeFile(exercise.work, starterOf(fileOf(exercise, "solution.ts")));
  return relative(root, backup);
}

/** Codes of the system for what cannot be written, and what to do about each. */
const remedies: Readonly<Record<string, string>> = {
  EACCES: "you may not write there: become its owner (chown), or clone into a folder of your own",
  EPERM: "the system forbids it: clone into a folder of your own",
  EROFS: "the disk is read-only: clone to another one",
  ENOSPC: "the disk is full: make room, and save again",
  EDQUOT: "your share of the disk is full: make room, and save again",
  EEXIST: "there is a file where a folder should be: move it away",
  ENOTDIR: "there is a file where a folder should be: move it away",
};

/** What is to be said of an error of the file system; undefined where it is another kind of error. */
export function unwritable(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error && "path" in error)) return undefined;
  const remedy = remedies[String(error.code)];
  return remedy && `${relative(root, String(error.path))} cannot be written (${String(error.code)}): ${remedy}`;
}
