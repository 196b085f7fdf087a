import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type Exercise, fileOf } from "./exercise.js";
import { parseMistake, solutionOf, starterOf, withMistake } from "./regions.js";

/** One answer to an exercise, and what comes of it. */
export interface Answer {
  /** `start`, `solution`, or the name of the file in mistakes/, without its ending. */
  readonly name: string;
  /** The learner's whole file. */
  readonly text: string;
  /** Which message it gets; undefined for what the learner begins with and for the solution. */
  readonly gets: string | undefined;
}

/** What the learner begins with, each mistake that is known, and the solution. */
export function answersOf(exercise: Exercise): readonly Answer[] {
  const solution = fileOf(exercise, "solution.ts");
  const mistakes = readdirSync(join(exercise.folder, "mistakes"))
    .filter((file) => file.endsWith(".ts") && !file.startsWith("."))
    .sort()
    .map((file): Answer => {
      const mistake = parseMistake(fileOf(exercise, join("mistakes", file)));
      return { name: basename(file, ".ts"), text: withMistake(solution, mistake), gets: mistake.gets };
    });
  return [
    { name: "start", text: starterOf(solution), gets: undefined },
    ...mistakes,
    { name: "solution", text: solutionOf(solution), gets: undefined },
  ];
}
