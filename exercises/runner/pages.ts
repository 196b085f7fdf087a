import wrapAnsi from "wrap-ansi";
import { changesOf } from "./changes.js";
import { type Exercise, exercises, fileOf } from "./exercise.js";
import type { Hint } from "./hints.js";
import { type Judged, judge } from "./judge.js";
import { reflowed } from "./markdown.js";
import { keptOf, type Progress } from "./progress.js";
import { solutionOf } from "./regions.js";
import type { Paint } from "./screen.js";

/** What stands in place of the verdict until another key is pressed. */
export interface Page {
  readonly title: string;
  /** Lines that are drawn as they are, cut or folded where they are too long; or Markdown to be filled into the window. */
  readonly content: readonly string[] | string;
  /** Whether a line that is too long goes on below: code does, a drawing would be torn. */
  readonly folds?: boolean;
}

/** A page in a window of so many columns. */
export function pageLines({ content, folds }: Page, width: number, paint: Paint): readonly string[] {
  if (typeof content === "string") return reflowed(content, width, paint);
  return folds ? content.flatMap((line) => wrapAnsi(line, width, { hard: true, trim: false }).split("\n")) : content;
}

/** A file of the exercise that is a page of Markdown, below its own heading. */
function markdown(exercise: Exercise, file: string): Page {
  const [, ...text] = fileOf(exercise, file).split("\n");
  return { title: `exercises/${exercise.name}/${file}`, content: text.join("\n").trimStart() };
}

/** What is to be done. */
export function storyPage(exercise: Exercise): Page {
  return markdown(exercise, "README.md");
}

/** Why the solution is right, after a pass. */
export function whyPage(exercise: Exercise, progress: Progress): Page {
  if (keptOf(progress, exercise.id).done) return markdown(exercise, "explain.md");
  return { title: "why it is right is here after a pass", content: ["Until then, h has a hint."] };
}

/** A hint, and what comes after it. */
export function hintPage({ text, read, all }: Hint): Page {
  const more = read < all ? "h shows the next one" : "that was the last one; s gives the solution after a pass";
  return { title: `hint ${read} of ${all}`, content: `${text}\n\n${more}` };
}

/** The solution, after a pass. */
export function solutionPage(exercise: Exercise, progress: Progress): Page {
  if (keptOf(progress, exercise.id).done)
    return { title: "the solution", content: solutionOf(fileOf(exercise, "solution.ts")).split("\n"), folds: true };
  return {
    title: "the solution is here after a pass",
    content: [`to give up: PEEK=1 npm run -s solution -- ${exercise.id}`],
  };
}

/** The learner's file beside the solution, after a pass. */
export async function diffPage(exercise: Exercise, progress: Progress, paint: Paint): Promise<Page> {
  if (!keptOf(progress, exercise.id).done)
    return { title: "the comparison is here after a pass", content: ["Until then the solution is a surprise."] };
  return { title: "yours (-) and the solution (+)", content: await changesOf(exercise, paint), folds: true };
}

/** What passed in the learner's run, drawn. */
export function timelinePage(judged: Judged | undefined): Page {
  const verdict = judged?.verdict;
  const diagram = verdict && "diagram" in verdict ? verdict.diagram : [];
  return {
    title: "what passed in your run",
    content: diagram.length > 0 ? diagram : ["Nothing is drawn of a pass, or of a file that does not compile."],
  };
}

/** One that was done, checked again. */
export interface CheckedAgain {
  readonly line: string;
  readonly passes: boolean;
}

/** Everything that is done, again, one after the other: what has passed once passes still. */
export async function* checkedAgain(
  progress: Progress,
  paint: Paint,
  signal?: AbortSignal,
): AsyncGenerator<CheckedAgain> {
  for (const exercise of exercises().filter(({ id }) => keptOf(progress, id).done)) {
    if (signal?.aborted) return;
    const { verdict, tookMs } = await judge(exercise, signal ? { signal } : {});
    const passes = verdict.kind === "pass";
    const took = paint.faint(`${verdict.kind}, ${(tookMs / 1000).toFixed(1)} s`);
    const mark = passes ? paint.good("✓") : paint.yet("◆");
    yield { line: `${mark} ${exercise.id}  ${exercise.title.padEnd(34)} ${took}`, passes };
  }
}
