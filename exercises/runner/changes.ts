import { readFile } from "node:fs/promises";
import { diffLines } from "diff";
import { type Exercise, fileOf } from "./exercise.js";
import { solutionOf } from "./regions.js";
import type { Paint } from "./screen.js";

/** The learner's file against the solution, line by line; what is the same in both is left out but for a line around. */
export async function changesOf(exercise: Exercise, paint: Paint): Promise<readonly string[]> {
  const mine = await readFile(exercise.work, "utf8");
  const theirs = solutionOf(fileOf(exercise, "solution.ts"));
  const changes = diffLines(mine, theirs);
  if (changes.every(({ added, removed }) => !added && !removed)) return ["Yours is the solution, letter by letter."];
  return changes.flatMap(({ value, added, removed }) => {
    const lines = value.replace(/\n$/, "").split("\n");
    if (added) return lines.map((line) => paint.good(`+ ${line}`));
    if (removed) return lines.map((line) => paint.yet(`- ${line}`));
    if (lines.length <= 3) return lines.map((line) => `  ${line}`);
    return [`  ${lines[0]}`, paint.faint("  …"), `  ${lines.at(-1)}`];
  });
}
