import { type Exercise, fileOf } from "./exercise.js";
import { Malformed, solutionOf, starterOf, withCode } from "./regions.js";
import { fencesOf, type Section, sectionsOf, withoutFences } from "./sections.js";

/** One answer to an exercise, and the verdict that it must get. */
export interface Answer {
  /** `start`, `solution`, or the heading of a section of mistakes.md. */
  readonly name: string;
  /** The learner's whole file. */
  readonly text: string;
  /** The id of the message that a wrong answer gets; undefined for the starter and the solution. */
  readonly gets: string | undefined;
  /** Whether a golden file has its whole screen: true for the starter and the first wrong answer. */
  readonly hasScreen: boolean;
}

/** The starter, each wrong answer of mistakes.md, and the solution. */
export function answersOf(exercise: Exercise): readonly Answer[] {
  const solution = fileOf(exercise, "solution.ts");
  const sections = sectionsOf(fileOf(exercise, "mistakes.md"));
  const mistakes = sections.map((section, index): Answer => {
    try {
      if (sections.findIndex(({ title }) => title === section.title) < index)
        throw new Malformed("another section has this name: rename one of them");
      return { ...mistakeOf(section, solution), hasScreen: index === 0 };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw new Malformed(`exercises/${exercise.name}/mistakes.md, "${section.title}": ${error.message}`);
    }
  });
  return [
    { name: "start", text: starterOf(solution), gets: undefined, hasScreen: true },
    ...mistakes,
    { name: "solution", text: solutionOf(solution), gets: undefined, hasScreen: false },
  ];
}

/** A section has the line `Gets: <id of a message>`, and a fence for each region in which it is not the solution. */
function mistakeOf({ title, text }: Section, solution: string): Omit<Answer, "hasScreen"> {
  // The name is also the name of a file.
  if (!/^[\w-]+$/.test(title) || title === "start" || title === "solution")
    throw new Malformed("give it a name of letters, digits and hyphens that is not start or solution");
  const [, gets] = withoutFences(text).match(/^Gets: ([\w-]+)$/m) ?? [];
  if (gets === undefined) throw new Malformed("write a line `Gets: <id of a message>` below the heading");
  const fences = fencesOf(text);
  if (fences.some(({ code }) => /^```/m.test(code))) throw new Malformed("end its code with a line ```");
  const codes = new Map(fences.map(({ region, code }) => [region, code]));
  if (codes.size === 0) throw new Malformed("write its code between lines ``` and ```");
  if (codes.size < fences.length)
    throw new Malformed("it has two fences for one region: write <!-- region 2 --> before the second");
  return { name: title, text: withCode(solution, codes), gets };
}
