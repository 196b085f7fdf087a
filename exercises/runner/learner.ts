import { relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { exerciseAsked, exerciseToDo, isOn, WrongUsage } from "./asked.js";
import { changesOf } from "./changes.js";
import { exercises, fileOf, root } from "./exercise.js";
import { nextHint } from "./hints.js";
import { judge, judgedScreen } from "./judge.js";
import { listLines } from "./list.js";
import { reflowed } from "./markdown.js";
import { paint, say, width } from "./output.js";
import { checkedAgain } from "./pages.js";
import { keptOf, readProgress, remember, rememberVerdict } from "./progress.js";
import { solutionOf } from "./regions.js";
import { wrapped } from "./screen.js";
import type { Verdict } from "./verdict.js";
import { Watch, whereToGoOn } from "./watch.js";
import { resetWork } from "./work.js";

/** Exit codes of a check: what a script can tell apart. */
const exitCodes: Readonly<Record<Verdict["kind"], number>> = {
  pass: 0,
  mistake: 1,
  failed: 1,
  "does not compile": 2,
  crashed: 3,
  silent: 3,
};

/** One check, and its verdict. */
export async function checkOne(number: string | undefined, { json }: { readonly json?: boolean }): Promise<void> {
  const exercise = await exerciseToDo(number);
  const judged = await judge(exercise, {
    printed: (text) => process.stderr.write(paint.faint(text)),
  });
  const { verdict, tookMs } = judged;
  await rememberVerdict(exercise.id, verdict.kind === "pass");
  process.exitCode = exitCodes[verdict.kind];
  if (json || isOn("JSON")) {
    say(JSON.stringify({ exercise: exercise.id, tookMs: Math.round(tookMs), ...verdict }));
    return;
  }
  for (const line of judgedScreen(exercise, judged, { width: width(), paint })) say(line);
  say("");
  if (verdict.kind === "pass") {
    for (const line of wrapped(exercise.concept, width(), "")) say(line);
    const next = exercises().find(({ id }) => id > exercise.id);
    const then = next ? `npm run -s exercise -- ${next.id}   ${next.title}` : "that was the last one";
    say(paint.faint(`why: exercises/${exercise.name}/explain.md   solution: npm run -s solution -- ${exercise.id}`));
    say(paint.faint(`next: ${then}`));
  } else say(paint.faint(`${relative(root, exercise.work)}   hint: npm run -s hint -- ${exercise.id}`));
}

/** All exercises, and what is done. */
export async function list(): Promise<void> {
  for (const line of listLines(await readProgress(say), paint)) say(line);
}

/** The workshop as it is meant: at a terminal. Elsewhere one check of where the learner is. */
export async function watch(number: string | undefined): Promise<void> {
  if (!(process.stdin.isTTY && process.stdout.isTTY)) {
    await checkOne(number, {});
    return;
  }
  const isAsked = number !== undefined || process.env.N;
  const { exercise, progress } = await whereToGoOn(say, isAsked ? await exerciseAsked(number) : undefined);
  await new Watch(exercise, progress, paint).run(process.stdin, process.stdout);
}

/** The learner's file against the solution, after a pass. */
export async function diff(number: string | undefined): Promise<void> {
  const exercise = await exerciseToDo(number);
  if (!keptOf(await readProgress(), exercise.id).done && !isOn("PEEK"))
    throw new WrongUsage(`the comparison is there when ${exercise.id} has passed`);
  for (const line of await changesOf(exercise, paint)) say(line);
}

/** Everything that is done, again. */
export async function checkDone(): Promise<void> {
  let any = false;
  for await (const { line, passes } of checkedAgain(await readProgress(say), paint)) {
    any = true;
    say(line);
    if (!passes) process.exitCode = 1;
  }
  if (!any) say("nothing is done yet");
}

/** The next hint. */
export async function hint(number: string | undefined): Promise<void> {
  const exercise = await exerciseToDo(number);
  const { text, read, all } = await nextHint(exercise);
  say(paint.strong(`${exercise.id} · ${exercise.title}, hint ${read} of ${all}`));
  say("");
  for (const line of reflowed(text, width(), paint)) say(line);
}

/** The solution, after a pass; or given up, and that is remembered. */
export async function solution(number: string | undefined): Promise<void> {
  const exercise = await exerciseToDo(number);
  const kept = keptOf(await readProgress(), exercise.id);
  if (!kept.done && !isOn("PEEK")) {
    throw new WrongUsage(
      `the solution is there when ${exercise.id} has passed; to give it up: PEEK=1 npm run -s solution -- ${exercise.id}`,
    );
  }
  if (!kept.done) await remember(exercise.id, (before) => ({ ...before, peeked: true }));
  say(solutionOf(fileOf(exercise, "solution.ts")));
}

/** Begins again. At a terminal it asks first; what was there is kept in either case. */
export async function reset(number: string | undefined): Promise<void> {
  const exercise = await exerciseToDo(number);
  const file = relative(root, exercise.work);
  if (process.stdin.isTTY && !(await agreed(`Begin ${file} again? What is there is kept. [y/N] `))) {
    say("nothing was changed");
    return;
  }
  const backup = await resetWork(exercise);
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
