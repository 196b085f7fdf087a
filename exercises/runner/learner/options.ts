import { type Exercise, exerciseNumbered, exercises } from "../content/exercise.js";
import { say } from "../screen/text.js";
import { readProgress } from "./progress.js";

/** The user's mistake in an argument or in the environment. The message says what is possible. */
export class WrongUsage extends Error {}

/**
 * The exercise with this number, or with the number N of the environment. Without a number, or with an empty one, it is
 * the exercise at which the learner continues.
 *
 * @throws WrongUsage if there is no such exercise
 */
export function exerciseAsked(number?: string): Exercise {
  const all = exercises();
  const asked = number || process.env.N;
  const exercise = asked ? exerciseNumbered(asked) : (exerciseNumbered(readProgress(say).current) ?? all[0]);
  if (exercise) return exercise;
  throw new WrongUsage(`there is no exercise ${asked}: they are ${all[0]?.id} to ${all.at(-1)?.id}`);
}

/** Whether a variable of the environment is switched on. */
export function isOn(name: string): boolean {
  return !["", "0"].includes(process.env[name] ?? "");
}

/** A whole number of the environment, or 0. @throws WrongUsage for any other text */
export function numberIn(name: string): number {
  const text = process.env[name] ?? "";
  if (!/^\d{0,6}$/.test(text)) throw new WrongUsage(`${name} is a whole number, and not '${text}'`);
  return Number(text);
}
