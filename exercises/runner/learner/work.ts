import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Exercise, fileOf, root, workFolder } from "../content/exercise.js";
import { starterOf } from "../content/regions.js";
import { fileStamp } from "./progress.js";

/** An editor reads the learner's files with the same options as the check. */
const editorsConfig = `{ "extends": "../exercises/tsconfig.work.json", "include": ["*.ts"] }\n`;

/** Makes the learner's file if it is missing. @returns whether it was missing */
export function ensureWork(exercise: Exercise): boolean {
  mkdirSync(workFolder, { recursive: true });
  const config = join(workFolder, "tsconfig.json");
  if (!existsSync(config)) writeFileSync(config, editorsConfig);
  if (existsSync(exercise.work)) return false;
  writeFileSync(exercise.work, starterOf(fileOf(exercise, "solution.ts")));
  return true;
}

/** Replaces the learner's file with the starter. @returns the path where the old file is kept, if there was one */
export function resetWork(exercise: Exercise): string | undefined {
  if (ensureWork(exercise)) return undefined;
  const backup = join(workFolder, ".backup", `${exercise.name}.${fileStamp()}.ts`);
  mkdirSync(dirname(backup), { recursive: true });
  copyFileSync(exercise.work, backup);
  writeFileSync(exercise.work, starterOf(fileOf(exercise, "solution.ts")));
  return relative(root, backup);
}

/** What to do about an error of the file system, by its code. */
const remedies: Readonly<Record<string, string>> = {
  EACCES: "you may not write there: become its owner (chown), or clone into a folder of your own",
  EPERM: "the system forbids it: clone into a folder of your own",
  EROFS: "the disk is read-only: clone to another one",
  ENOSPC: "the disk is full: make room, and save again",
  EDQUOT: "your share of the disk is full: make room, and save again",
  EEXIST: "there is a file where a folder should be: move it away",
  ENOTDIR: "there is a file where a folder should be: move it away",
};

/** What to tell the user about an error of the file system; undefined for any other error. */
export function unwritable(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error && "path" in error)) return undefined;
  const remedy = remedies[String(error.code)];
  return remedy && `${relative(root, String(error.path))} cannot be written (${String(error.code)}): ${remedy}`;
}
