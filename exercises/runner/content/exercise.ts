import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Malformed } from "./regions.js";

/** The root of the checkout. */
export const root = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * The folder of the learner's files, which is not in git. QUARTET_WORK names another folder in the checkout, so that a
 * test does not touch what a learner has written.
 */
export const workFolder = join(root, process.env.QUARTET_WORK ?? "work");

/** What a learner is told about a known mistake. A predicate of check.ts gives the value of each `{name}`. */
export interface Message {
  readonly happened: string;
  readonly why: string;
  readonly try: string;
  readonly read: string;
}

/** What exercise.json says. */
export interface Description {
  /** The number, with two digits. */
  readonly id: string;
  readonly title: string;
  readonly part: string;
  /** The one idea, in a sentence. */
  readonly concept: string;
  /** The ids of the exercises that come first. */
  readonly needs: readonly string[];
  readonly difficulty: number;
  readonly minutes: number;
  /** What an answer must do, each with a title for the learner: "readings leave as they arrive". */
  readonly checks: readonly { readonly id: string; readonly title: string }[];
  /** The id of the check on which the starter fails. */
  readonly startFails: string;
  /** The messages, by the ids that mistakes.md and check.ts name. */
  readonly mistakes: Readonly<Record<string, Message>>;
  /** Pages of the suite that say more, from the root of the checkout. */
  readonly docs: readonly string[];
}

/** An exercise and the paths of its files. */
export interface Exercise extends Description {
  /** The folder's name: `03-a-stream-not-a-list`. */
  readonly name: string;
  readonly folder: string;
  /** The learner's file. */
  readonly work: string;
  /** The path of the compiled check. */
  readonly check: string;
}

/** All exercises, in their order. */
export function exercises(): readonly Exercise[] {
  const names = readdirSync(join(root, "exercises")).filter((name) => /^\d\d-/.test(name));
  return names.sort().map(load);
}

/** The exercise with this number, `3` or `03`; undefined if there is none. */
export function exerciseNumbered(number: string): Exercise | undefined {
  return exercises().find(({ id }) => id === number.padStart(2, "0"));
}

/** The text of a file in the exercise's folder. @throws Malformed if the file is missing */
export function fileOf({ folder, name }: Exercise, file: string): string {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Malformed(`exercises/${name} has no ${file}`);
  return readFileSync(path, "utf8");
}

function load(name: string): Exercise {
  const folder = join(root, "exercises", name);
  const description = JSON.parse(readFileSync(join(folder, "exercise.json"), "utf8")) as Description;
  if (!name.startsWith(`${description.id}-`))
    throw new Malformed(`exercises/${name} says that it is ${description.id}`);
  const check = join(root, "dist", "exercises", name, "check.js");
  return { ...description, name, folder, work: join(workFolder, `${name}.ts`), check };
}
