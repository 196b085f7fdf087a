import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Malformed } from "./regions.js";

/** The checkout. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Where the learner works, below the checkout, which is not in git. QUARTET_WORK names another folder there: a test must not touch
 * what somebody has written.
 */
export const workFolder = join(root, process.env.QUARTET_WORK ?? "work");

/** What the learner is told about a known mistake. `{name}` is a fact of the run, as the mistake's predicate gives it. */
export interface Message {
  readonly happened: string;
  readonly why: string;
  readonly try: string;
  /** Where to read on. */
  readonly read: string;
}

/** One thing that an answer must do. */
export interface Check {
  readonly id: string;
  /** In the words of the learner's list: "readings leave as they arrive". */
  readonly title: string;
}

/** What exercise.json says. */
export interface Description {
  /** Two digits, by which it is asked for. */
  readonly id: string;
  readonly title: string;
  /** Of what part of the workshop it is: those of one part follow each other. */
  readonly part: string;
  /** The one idea, in a sentence. */
  readonly concept: string;
  /** The ids of those that should come before. */
  readonly needs: readonly string[];
  /** From 1 to 5. */
  readonly difficulty: number;
  /** An estimate, until a class has been timed. */
  readonly minutes: number;
  readonly checks: readonly Check[];
  /** The check on which what the learner begins with fails. */
  readonly startFails: string;
  /** By their ids, which mistakes.md and the predicates in check.ts name. */
  readonly mistakes: Readonly<Record<string, Message>>;
  /** Pages of the suite that say more, from the root of the checkout. */
  readonly docs: readonly string[];
}

/** An exercise and where its files are. */
export interface Exercise extends Description {
  /** The folder's name: `03-a-stream-not-a-list`. */
  readonly name: string;
  readonly folder: string;
  /** The learner's copy. */
  readonly work: string;
  /** The check, compiled. */
  readonly check: string;
}

/** All exercises, in their order. */
export function exercises(): readonly Exercise[] {
  return readdirSync(join(root, "exercises"))
    .filter((name) => /^\d\d-/.test(name))
    .sort()
    .map(load);
}

/** The exercise with this number: `3` and `03` are the same. Undefined where there is none. */
export function exerciseNumbered(number: string): Exercise | undefined {
  const id = number.padStart(2, "0");
  return exercises().find((exercise) => exercise.id === id);
}

/** A file of the exercise's folder. @throws Malformed if it is not there */
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
  return {
    ...description,
    name,
    folder,
    work: join(workFolder, `${name}.ts`),
    check: join(root, "dist", "exercises", name, "check.js"),
  };
}
