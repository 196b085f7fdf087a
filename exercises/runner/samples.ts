import { type Exercise, fileOf } from "./exercise.js";
import { bodiesOf, solutionOf, withMistake } from "./regions.js";
import { fencesOf, withoutFences } from "./sections.js";

/** Code that stands on a page for the learner, and the file in which it must compile. */
export interface Sample {
  /** The page, and the line in which the code begins. */
  readonly place: string;
  /** The learner's file, with the code in the place of the learner's own. */
  readonly text: string;
}

/**
 * The code in the exercise's README and explanation: what stands in a fence. It compiles where the learner would type it. A
 * comment for authors before the fence may declare what it needs besides, `<!-- with: error: Error -->`, and say in
 * which region it belongs, `<!-- region 2 -->`. An ellipsis is what the learner is to think of.
 */
export function samplesOf(exercise: Exercise): readonly Sample[] {
  const solution = fileOf(exercise, "solution.ts");
  const own = bodiesOf(solutionOf(solution));
  return ["README.md", "explain.md"].flatMap((page) => {
    const text = fileOf(exercise, page);
    const samples = fencesOf(text).filter(({ language }) => language === "ts");
    return samples.map(({ code, at }) => {
      const before = text.slice(0, at);
      const [comments = ""] = before.match(/(<!--.*-->\n)*$/) ?? [];
      const [, needed = ""] = comments.match(/<!-- with: (.*) -->/) ?? [];
      const [, region = "1"] = comments.match(/<!-- region (\d) -->/) ?? [];
      const bodies = own.map((body, index) => (index === Number(region) - 1 ? inPlace(needed, code) : body));
      const place = `exercises/${exercise.name}/${page}, line ${before.split("\n").length + 1}`;
      return { place, text: withMistake(solution, bodies) };
    });
  });
}

/** The code in a function of its own: it may await, and need not give back what the region does. */
function inPlace(needed: string, code: string): string {
  const thought = code.replaceAll("…", "(undefined as never)");
  return `const sample = async (${needed}) => {\n${thought}};\nvoid sample;\nthrow new Error("a sample is no answer");`;
}

/** Code that stands on a page and in no fence, where nobody compiles it. */
export function unfenced(exercise: Exercise): readonly string[] {
  return ["README.md", "explain.md"].flatMap((page) =>
    withoutFences(fileOf(exercise, page))
      .split("\n")
      .filter((line) => /^ {4}.*(;|=>|\bawait\b)/.test(line) && !/[│▶◀]/.test(line))
      .map((line) => `${page} has code in no fence: ${line.trim()}`),
  );
}
