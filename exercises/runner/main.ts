import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { changesOf } from "./changes.js";
import { type Exercise, exerciseNumbered, exercises, fileOf, root } from "./exercise.js";
import { hintsOf } from "./hints.js";
import { expectedDiagram, judge } from "./judge.js";
import { listLines } from "./list.js";
import { keptOf, readProgress, remember } from "./progress.js";
import { solutionOf } from "./regions.js";
import { scaffold } from "./scaffold.js";
import { type Paint, plain, verdictScreen } from "./screen.js";
import { scheduleLines, tracks } from "./tracks.js";
import type { Verdict } from "./verdict.js";
import { verify } from "./verify.js";
import { Watch, whereToGoOn } from "./watch.js";
import { ensureWork, resetWork } from "./work.js";

/** Exit codes of a check: what a script can tell apart. */
const exitCodes: Readonly<Record<Verdict["kind"], number>> = {
  pass: 0,
  mistake: 1,
  failed: 1,
  "does not compile": 2,
  crashed: 3,
  silent: 3,
};
const EX_USAGE = 64;

// picocolors takes CI in the environment for a terminal; a pipe is none.
const isColoured = process.stdout.isTTY && pc.isColorSupported;
const paint: Paint = isColoured ? { strong: pc.bold, faint: pc.dim, good: pc.green, yet: pc.yellow } : plain;

const isOn = (name: string) => !["", "0"].includes(process.env[name] ?? "");
const width = () => Math.min(process.stdout.columns ?? 80, 100);

/** A number that is no exercise, or none where there is none yet. */
class WrongUsage extends Error {}

/** The exercise with this number, and its copy in work/; without a number, where the learner is. */
async function chosen(number: string | undefined): Promise<Exercise> {
  const progress = await readProgress(say);
  const wanted = number ?? process.env.N ?? progress.current;
  const exercise = exerciseNumbered(wanted);
  if (!exercise) {
    const all = exercises();
    throw new WrongUsage(`there is no exercise ${wanted}: they are ${all[0]?.id} to ${all.at(-1)?.id}`);
  }
  if (await ensureWork(exercise)) say(paint.faint(`made ${relative(root, exercise.work)}: that is the file to edit`));
  return exercise;
}

function say(line: string): void {
  console.log(line);
}

async function checkOne(number: string | undefined, { json }: { readonly json?: boolean }): Promise<void> {
  const exercise = await chosen(number);
  const { verdict, tookMs } = await judge(exercise, {
    printed: (text) => process.stderr.write(paint.faint(text)),
  });
  await remember(exercise.id, (kept) => ({
    ...kept,
    attempts: kept.attempts + 1,
    ...(verdict.kind === "pass" && kept.done === undefined ? { done: new Date().toISOString() } : {}),
  }));
  process.exitCode = exitCodes[verdict.kind];
  if (json || isOn("JSON")) {
    say(JSON.stringify({ exercise: exercise.id, tookMs: Math.round(tookMs), ...verdict }));
    return;
  }
  const expected = "check" in verdict ? expectedDiagram(exercise, verdict.check) : [];
  for (const line of verdictScreen(exercise, verdict, { width: width(), paint, tookMs, expected })) say(line);
  say("");
  if (verdict.kind === "pass") {
    say(exercise.concept);
    const next = exercises().find(({ id }) => id > exercise.id);
    const then = next ? `npm run -s exercise -- ${next.id}   ${next.title}` : "that was the last one";
    say(paint.faint(`why: exercises/${exercise.name}/explain.md   solution: npm run -s solution -- ${exercise.id}`));
    say(paint.faint(`next: ${then}`));
  } else say(paint.faint(`${relative(root, exercise.work)}   hint: npm run -s hint -- ${exercise.id}`));
}

async function list(): Promise<void> {
  for (const line of listLines(await readProgress(say), paint)) say(line);
}

/** The workshop as it is meant: at a terminal. Elsewhere one check of where the learner is. */
async function watch(): Promise<void> {
  if (!(process.stdin.isTTY && process.stdout.isTTY)) {
    await checkOne(undefined, {});
    return;
  }
  const { exercise, progress } = await whereToGoOn(say);
  await new Watch(exercise, progress, paint).run(process.stdin, process.stdout);
}

async function diff(number: string | undefined): Promise<void> {
  const exercise = await chosen(number);
  if (!keptOf(await readProgress(), exercise.id).done && !isOn("PEEK"))
    throw new WrongUsage(`the comparison is there when ${exercise.id} has passed`);
  for (const line of await changesOf(exercise, paint)) say(line);
}

/** Everything that is done, again: what has passed once passes still. */
async function checkDone(): Promise<void> {
  const progress = await readProgress(say);
  const done = exercises().filter(({ id }) => keptOf(progress, id).done);
  for (const exercise of done) {
    const { verdict, tookMs } = await judge(exercise);
    if (verdict.kind !== "pass") process.exitCode = 1;
    const mark = verdict.kind === "pass" ? paint.good("✓") : paint.yet("◆");
    say(
      `${mark} ${exercise.id}  ${exercise.title.padEnd(34)} ${paint.faint(`${verdict.kind}, ${(tookMs / 1000).toFixed(1)} s`)}`,
    );
  }
  if (done.length === 0) say("nothing is done yet");
}

/** What an instructor has to know of one exercise. */
async function teach(number: string | undefined): Promise<void> {
  const exercise = await chosen(number);
  say(fileOf(exercise, "notes.md").trimEnd());
  say("");
  say(paint.strong("What the room will do, and what it is told"));
  for (const [id, { happened, try: hint }] of Object.entries(exercise.mistakes)) {
    say(`  ${paint.yet(id)}`);
    say(`    ${happened}`);
    say(`    ${paint.faint(hint)}`);
  }
}

function timetable(): void {
  const name = process.env.TRACK ?? "half-day";
  const track = tracks[name];
  if (!track) throw new WrongUsage(`there is no track ${name}: there are ${Object.keys(tracks).join(", ")}`);
  for (const line of scheduleLines(track)) say(line);
}

async function hint(number: string | undefined): Promise<void> {
  const exercise = await chosen(number);
  const hints = hintsOf(fileOf(exercise, "hints.md"));
  const { exercises: kept } = await remember(exercise.id, (before) => ({
    ...before,
    hints: Math.min(before.hints + 1, hints.length),
  }));
  const shown = kept[exercise.id]?.hints ?? 1;
  say(paint.strong(`${exercise.id} · ${exercise.title}, hint ${shown} of ${hints.length}`));
  say("");
  say(hints[shown - 1] ?? "");
}

async function solution(number: string | undefined): Promise<void> {
  const exercise = await chosen(number);
  const kept = keptOf(await readProgress(), exercise.id);
  if (!kept.done && !isOn("PEEK")) {
    throw new WrongUsage(
      `the solution is there when ${exercise.id} has passed; to give it up: PEEK=1 npm run -s solution -- ${exercise.id}`,
    );
  }
  if (!kept.done) await remember(exercise.id, (before) => ({ ...before, peeked: true }));
  say(solutionOf(fileOf(exercise, "solution.ts")));
}

async function reset(number: string | undefined): Promise<void> {
  const exercise = await chosen(number);
  const backup = await resetWork(exercise);
  say(`${relative(root, exercise.work)} begins anew${backup ? `; what was there is ${backup}` : ""}`);
}

/** A whole number of the environment; 0 where it is not set. */
function numberIn(name: string): number {
  const text = process.env[name] ?? "";
  if (!/^\d{0,6}$/.test(text)) throw new WrongUsage(`${name} is a whole number, and not '${text}'`);
  return Number(text);
}

async function proveAll({ only }: { readonly only?: string }): Promise<void> {
  const repeat = numberIn("REPEAT") || 1;
  // Processes that leave no processor alone: what holds only on an idle machine does not hold.
  const busy = Array.from({ length: numberIn("LOAD") * availableParallelism() }, () =>
    fork(fileURLToPath(new URL("../../test/laws/busy.js", import.meta.url))),
  );
  const began = performance.now();
  const { passed, failures, tookMs } = await verify({ repeat, update: isOn("UPDATE"), only, say }).finally(() => {
    for (const child of busy) child.disconnect();
  });
  const sorted = tookMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  say("");
  for (const failure of failures) say(`${paint.yet("✗")} ${failure}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(`${passed} verdicts as they should be, ${failures.length} objections, in ${seconds} s`);
  say(`a verdict: ${median.toFixed(0)} ms in the median, ${(sorted.at(-1) ?? 0).toFixed(0)} ms at most`);
  if (failures.length > 0) process.exitCode = 1;
}

const command = new Command("exercises")
  .description("The workshop: one file at a time, and a verdict.")
  .helpOption("--help", "print this help and end")
  .exitOverride();
command.command("check [number]").description("check one").option("--json", "for programs").action(checkOne);
command.command("watch", { isDefault: true }).description("the workshop, at a terminal").action(watch);
command.command("list").description("all exercises, and what is done").action(list);
command.command("hint [number]").description("the next hint").action(hint);
command.command("solution [number]").description("the solution, after a pass").action(solution);
command.command("diff [number]").description("yours against the solution, after a pass").action(diff);
command.command("check-done").description("all that is done, again").action(checkDone);
command.command("teach [number]").description("the instructor's notes").action(teach);
command.command("schedule").description("a timetable (TRACK=half-day)").action(timetable);
command.command("reset [number]").description("begin again; what was there is kept").action(reset);
command
  .command("new")
  .description("for authors: the folder of a new exercise (TITLE=…)")
  .action(async () => {
    const title = process.env.TITLE ?? "";
    if (title === "") throw new WrongUsage("TITLE says what it is called: TITLE='Knock before you enter'");
    const folder = await scaffold(title);
    say(`made ${folder}. Write it, and then: npm run format, UPDATE=1 npm run -s exercises-verify`);
  });
command
  .command("verify")
  .description("for authors and CI: that every exercise does what it should")
  .option("--only <number>", "this one alone")
  .action(proveAll);

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE;
  else if (error instanceof WrongUsage) {
    console.error(`exercises: ${error.message}`);
    process.exitCode = EX_USAGE;
  } else throw error;
}
