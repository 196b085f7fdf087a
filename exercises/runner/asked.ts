import { relative } from "node:path";
import { type Exercise, exerciseNumbered, exercises, root } from "./exercise.js";
import { paint, say } from "./output.js";
import { readProgress } from "./progress.js";
import { ensureWork } from "./work.js";

/** A number that is no exercise, or none where there is none yet: the message says what there is. */
export class WrongUsage extends Error {}

/**
 * The exercise with this number, or N in the environment; without either, where the learner is. Empty counts as neither.
 *
 * @throws WrongUsage if there is no such exercise
 */
export async function exerciseAsked(number: string | undefined): Promise<Exercise> {
  const wanted = number || process.env.N || (await readProgress(say)).current;
  const exercise = exerciseNumbered(wanted);
  if (exercise) return exercise;
  const all = exercises();
  throw new WrongUsage(`there is no exercise ${wanted}: they are ${all[0]?.id} to ${all.at(-1)?.id}`);
}

/** The same, and the learner's copy of it is there. */
export async function exerciseToDo(number: string | undefined): Promise<Exercise> {
  const exercise = await exerciseAsked(number);
  if (await ensureWork(exercise)) say(paint.faint(`made ${relative(root, exercise.work)}: that is the file to edit`));
  return exercise;
}

/** Whether something of the environment is switched on. */
export function isOn(name: string): boolean {
  return !["", "0"].includes(process.env[name] ?? "");
}

/** A whole number of the environment; 0 where it is not set. @throws WrongUsage if it is none */
export function numberIn(name: string): number {
  const text = process.env[name] ?? "";
  if (!/^\d{0,6}$/.test(text)) throw new WrongUsage(`${name} is a whole number, and not '${text}'`);
  return Number(text);
}
