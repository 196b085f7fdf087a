import { relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { judge } from "../check/judge.js";
import type { Verdict } from "../check/verdict.js";
import { type Exercise, exercises, fileOf, root } from "../content/exercise.js";
import { solutionOf } from "../content/regions.js";
import { markdownLines } from "../screen/markdown.js";
import { fill, paint, say, width } from "../screen/text.js";
import { verdictScreen } from "../screen/verdict-screen.js";
import { exerciseAsked, isOn, WrongUsage } from "./options.js";
import { changesOf, checkedAgain, listLines, nextHint } from "./pages.js";
import { keptOf, readProgress, remember, rememberVerdict } from "./progress.js";
import { Watch } from "./watch.js";
import { ensureWork, resetWork } from "./work.js";

/** Exit codes of a check, so that a script can tell the verdicts apart. */
const exitCodes: Readonly<Record<Verdict["kind"], number>> = {
  pass: 0,
  mistake: 1,
  failed: 1,
  "does not compile": 2,
  crashed: 3,
  silent: 3,
};

/** The exercise that was asked for. Its file is made if it is missing. */
function exerciseToDo(number: string | undefined): Exercise {
  const exercise = exerciseAsked(number);
  if (ensureWork(exercise)) say(paint.faint(`made ${relative(root, exercise.work)}: that is the file to edit`));
  return exercise;
}

/** Checks one exercise, and prints the verdict. */
export async function checkOne(number: string | undefined, { json }: { readonly json?: boolean }): Promise<void> {
  const exercise = exerciseToDo(number);
  const judged = await judge(exercise);
  const { verdict, tookMs, checked } = judged;
  if (checked?.printed) process.stderr.write(paint.faint(checked.printed));
  rememberVerdict(exercise.id, verdict.kind === "pass");
  process.exitCode = exitCodes[verdict.kind];
  if (json || isOn("JSON")) {
    say(JSON.stringify({ exercise: exercise.id, tookMs: Math.round(tookMs), ...verdict }));
    return;
  }
  say(...verdictScreen(exercise, judged, { width: width(), paint }), "");
  if (verdict.kind === "pass") {
    const next = exercises().find(({ id }) => id > exercise.id);
    const then = next ? `npm run -s exercise -- ${next.id}   ${next.title}` : "that was the last one";
    say(
      ...fill(exercise.concept, width()),
      paint.faint(`why: exercises/${exercise.name}/explain.md   solution: npm run -s solution -- ${exercise.id}`),
      paint.faint(`next: ${then}`),
    );
  } else say(paint.faint(`${relative(root, exercise.work)}   hint: npm run -s hint -- ${exercise.id}`));
}

/** Prints all exercises and the learner's progress. */
export function list(): void {
  say(...listLines(readProgress(say), paint));
}

/** Shows the workshop at a terminal. Without a terminal, it checks one exercise. */
export async function watch(number: string | undefined): Promise<void> {
  const { stdin, stdout } = process;
  if (!(stdin.isTTY && stdout.isTTY)) return checkOne(number, {});
  const exercise = exerciseAsked(number);
  const progress = remember(exercise.id, (kept) => kept);
  return new Watch({ exercise, progress, paint }, stdin, stdout).run();
}

/** Prints the differences between the learner's file and the solution, after a pass. */
export function diff(number: string | undefined): void {
  const exercise = exerciseToDo(number);
  if (!keptOf(readProgress(), exercise.id).done && !isOn("PEEK"))
    throw new WrongUsage(`the comparison is there when ${exercise.id} has passed`);
  say(...changesOf(exercise, paint));
}

/** Checks every solved exercise again. */
export async function checkDone(): Promise<void> {
  let any = false;
  for await (const { line, passes } of checkedAgain(readProgress(say), paint)) {
    any = true;
    say(line);
    if (!passes) process.exitCode = 1;
  }
  if (!any) say("nothing is done yet");
}

/** Prints the next hint. */
export function hint(number: string | undefined): void {
  const exercise = exerciseToDo(number);
  const { title, text } = nextHint(exercise);
  say(paint.strong(`${exercise.id} · ${exercise.title}, ${title}`), "", ...markdownLines(text, width(), paint));
}

/** Prints the solution, after a pass. PEEK=1 prints it earlier, and that is remembered. */
export function solution(number: string | undefined): void {
  const exercise = exerciseToDo(number);
  const { id } = exercise;
  if (!keptOf(readProgress(), id).done) {
    if (!isOn("PEEK"))
      throw new WrongUsage(
        `the solution is there when ${id} has passed; to give it up: PEEK=1 npm run -s solution -- ${id}`,
      );
    remember(id, () => ({ peeked: true }));
  }
  say(solutionOf(fileOf(exercise, "solution.ts")));
}

/** Begins an exercise again. At a terminal it asks first. The old file is kept. */
export async function reset(number: string | undefined): Promise<void> {
  const exercise = exerciseToDo(number);
  const file = relative(root, exercise.work);
  if (process.stdin.isTTY && !(await agreed(`Begin ${file} again? What is there is kept. [y/N] `))) {
    say("nothing was changed");
    return;
  }
  const backup = resetWork(exercise);
  say(`${file} begins anew${backup ? `; what was there is ${backup}` : ""}`);
}

async function agreed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
