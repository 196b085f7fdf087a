import { type Exercise, fileOf } from "../content/exercise.js";
import { withCode } from "../content/regions.js";
import { fencesOf, withoutFences } from "../content/sections.js";

/** Code on a page for the learner, and the file in which it must compile. */
export interface Sample {
  /** The page, and the line in which the code begins. */
  readonly place: string;
  /** The learner's file, with the code instead of the learner's part. */
  readonly text: string;
}

const pages = ["README.md", "explain.md"];

/**
 * The code in the fences of README.md and explain.md. It compiles where the learner would type it. A comment before the
 * fence may declare what the code needs, `<!-- with: error: Error -->`, and name its region, `<!-- region 2 -->`. An
 * ellipsis stands for what the learner has to find.
 */
export function samplesOf(exercise: Exercise): readonly Sample[] {
  const solution = fileOf(exercise, "solution.ts");
  return pages.flatMap((page) => {
    const text = fileOf(exercise, page);
    const samples = fencesOf(text).filter(({ language }) => language === "ts");
    return samples.map(({ code, at, comments, region }) => {
      const [, needed = ""] = comments.match(/<!-- with: (.*) -->/) ?? [];
      const place = `exercises/${exercise.name}/${page}, line ${text.slice(0, at).split("\n").length + 1}`;
      return { place, text: withCode(solution, new Map([[region, inFunction(needed, code)]])) };
    });
  });
}

/** The code in a function of its own, so that it may await and need not return what the region returns. */
function inFunction(needed: string, code: string): string {
  const found = code.replaceAll("…", "(undefined as never)");
  return `const sample = async (${needed}) => {\n${found}};\nvoid sample;\nthrow new Error("a sample is not an answer");`;
}

/** Objections to code outside of a fence, which is never compiled. */
export function unfenced(exercise: Exercise): readonly string[] {
  return pages.flatMap((page) =>
    withoutFences(fileOf(exercise, page))
      .split("\n")
      .filter((line) => /^ {4}.*(;|=>|\bawait\b)/.test(line) && !/[│▶◀]/.test(line))
      .map((line) => `${page} has code in no fence: ${line.trim()}`),
  );
}
