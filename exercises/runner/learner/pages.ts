import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { structuredPatch } from "diff";
import wrapAnsi from "wrap-ansi";
import { type Judged, judge } from "../check/judge.js";
import { type Exercise, exercises, fileOf, root } from "../content/exercise.js";
import { solutionOf } from "../content/regions.js";
import { hintsOf } from "../content/sections.js";
import { markdownLines } from "../screen/markdown.js";
import { fill, keyLines, type Paint } from "../screen/text.js";
import { keptOf, type Progress, remember } from "./progress.js";

/** What the watch shows instead of the verdict until another key is pressed. */
export interface Page {
  readonly title: string;
  /** Markdown, which is filled into the window, or lines. */
  readonly content: string | readonly string[];
  /** Whether a long line continues below. A line of code does; in a drawing, that would tear the picture. */
  readonly folds?: boolean;
}

/** The lines of a page in a window of `width` columns. */
export function pageLines({ content, folds }: Page, width: number, paint: Paint): readonly string[] {
  if (typeof content === "string") return markdownLines(content, width, paint);
  return folds ? content.flatMap((line) => wrapAnsi(line, width, { hard: true, trim: false }).split("\n")) : content;
}

/** Where a learner is. */
export interface State {
  exercise: Exercise;
  progress: Progress;
  /** The last verdict; undefined during a check. */
  judged?: Judged | undefined;
  readonly paint: Paint;
}

/** A page that is shown after a pass. Until then, another page says so. */
const afterPass =
  (what: string, until: (id: string) => string, page: (state: State) => Page) =>
  (state: State): Page => {
    const { id } = state.exercise;
    if (keptOf(state.progress, id).done) return page(state);
    return { title: `${what} is here after a pass`, content: [until(id)] };
  };

export const pages: Readonly<Record<string, (state: State) => Page>> = {
  i: ({ exercise }) => markdownPage(exercise, "README.md"),
  w: afterPass(
    "why it is right",
    () => "Until then, h has a hint.",
    ({ exercise }) => markdownPage(exercise, "explain.md"),
  ),
  s: afterPass(
    "the solution",
    (id) => `to give up: PEEK=1 npm run -s solution -- ${id}`,
    ({ exercise }) => codePage("the solution", solutionOf(fileOf(exercise, "solution.ts")).split("\n")),
  ),
  d: afterPass(
    "the comparison",
    () => "Until then the solution is a surprise.",
    ({ exercise, paint }) => codePage("yours (-) and the solution (+)", changesOf(exercise, paint)),
  ),
  t: ({ judged }) => {
    const diagram = judged && "diagram" in judged.verdict ? judged.verdict.diagram : [];
    const none = ["There is no drawing after a pass, or for a file that does not compile."];
    return { title: "what passed in your run", content: diagram.length > 0 ? diagram : none };
  },
  l: ({ progress, paint }) => ({ title: "all exercises", content: listLines(progress, paint) }),
};

const codePage = (title: string, content: readonly string[]): Page => ({ title, content, folds: true });

/** A Markdown file of the exercise. The page's title replaces the file's heading. */
function markdownPage(exercise: Exercise, file: string): Page {
  const [, ...text] = fileOf(exercise, file).split("\n");
  return { title: `exercises/${exercise.name}/${file}`, content: text.join("\n") };
}

/** The next hint, or the last one again. It is remembered that the learner has read it. */
export function nextHint(exercise: Exercise) {
  const all = hintsOf(fileOf(exercise, "hints.md"));
  const progress = remember(exercise.id, ({ hints }) => ({ hints: Math.min(hints + 1, all.length) }));
  const { hints: read } = keptOf(progress, exercise.id);
  const title = `hint ${read} of ${all.length}`;
  return { text: all[read - 1] ?? "", title, isLast: read === all.length, progress };
}

/** The differences between the learner's file and the solution. A line around each difference shows where it is. */
export function changesOf(exercise: Exercise, paint: Paint): readonly string[] {
  const [mine, solution] = [readFileSync(exercise.work, "utf8"), solutionOf(fileOf(exercise, "solution.ts"))];
  const { hunks } = structuredPatch("", "", mine, solution, "", "", { context: 1 });
  if (hunks.length === 0) return ["Your file is exactly the solution."];
  const colors: Readonly<Record<string, (line: string) => string>> = { "+": paint.good, "-": paint.yet };
  return hunks.flatMap(({ lines }, index) => [
    ...(index > 0 ? [paint.faint("  …")] : []),
    ...lines.map((line) => (colors[line.charAt(0)] ?? String)(`${line.charAt(0)} ${line.slice(1)}`)),
  ]);
}

/** All exercises as a tree, part by part: what is done, what was tried, and the minutes. */
export function listLines(progress: Progress, paint: Paint): readonly string[] {
  const all = exercises();
  return all.flatMap(({ id, title, minutes, part }, index) => {
    const { done, attempts, peeked } = keptOf(progress, id);
    const here = id === progress.current ? paint.yet("◆") : attempts > 0 ? paint.yet("·") : " ";
    const checked = attempts > 0 ? `, ${attempts} check${attempts === 1 ? "" : "s"}` : "";
    const more = paint.faint(`${minutes} min${checked}${peeked ? ", solution seen" : ""}`);
    const branch = paint.faint(all[index + 1]?.part === part ? "├─" : "└─");
    const line = `${branch} ${done ? paint.good("✓") : here} ${id}  ${title.padEnd(34)} ${more}`;
    return all[index - 1]?.part === part ? [line] : [paint.strong(part), line];
  });
}

/** Checks all exercises again that have passed before. Yields a line for each of them. */
export async function* checkedAgain(progress: Progress, paint: Paint, signal?: AbortSignal) {
  for (const exercise of exercises().filter(({ id }) => keptOf(progress, id).done)) {
    if (signal?.aborted) return;
    const { verdict, tookMs } = await judge(exercise, signal ? { signal } : {});
    const passes = verdict.kind === "pass";
    const took = paint.faint(`${verdict.kind}, ${(tookMs / 1000).toFixed(1)} s`);
    const mark = passes ? paint.good("✓") : paint.yet("◆");
    yield { line: `${mark} ${exercise.id}  ${exercise.title.padEnd(34)} ${took}`, passes };
  }
}

/** The lines below everything: how many exercises are done, the file that is watched, and the keys. */
export function footerLines({ exercise, progress }: State, width: number): readonly string[] {
  const all = exercises();
  const done = all.filter(({ id }) => keptOf(progress, id).done).length;
  const cells = Math.max(5, Math.min(30, width - 50));
  const filled = Math.round((done / all.length) * cells);
  const bar = `${"#".repeat(filled)}${done < all.length ? ">" : ""}`.padEnd(cells, "-");
  const hint = `h hint (${keptOf(progress, exercise.id).hints} of 3)`;
  const keys = ["i story", hint, "t timeline", "l list", "e editor", "n next", "p previous", "x reset", "q quit"];
  const where = `[${bar}] ${done}/${all.length} ${relative(root, exercise.work)}`;
  return ["", ...fill(where, width), ...keyLines(keys, width)];
}
