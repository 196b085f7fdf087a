import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Exercise, exercises, workFolder } from "./exercise.js";
import { footerLines, keyLines } from "./footer.js";
import { nextHint } from "./hints.js";
import { type Judged, judge, judgedScreen } from "./judge.js";
import { listLines } from "./list.js";
import {
  checkedAgain,
  diffPage,
  hintPage,
  type Page,
  pageLines,
  solutionPage,
  storyPage,
  timelinePage,
  whyPage,
} from "./pages.js";
import { type Progress, readProgress, remember, rememberVerdict } from "./progress.js";
import { Checker } from "./run-check.js";
import { Saves } from "./saves.js";
import { type Paint, wrapped } from "./screen.js";
import { Terminal } from "./terminal.js";
import { ensureWork, resetWork, unwritable } from "./work.js";

/** What one may want to see after a pass. */
const passKeys = ["w why this is right", "s the solution", "d yours and the solution", "n the next exercise"];

const resetQuestion = "Begin this exercise again? What is there is kept. y yes, any other key no";

/**
 * The workshop at a terminal: it checks the file whenever that is saved, and shows one verdict. It never goes to another
 * exercise by itself.
 */
export class Watch {
  readonly #paint: Paint;
  #exercise: Exercise;
  #progress: Progress;
  #judged: Judged | undefined;
  #printed = "";
  #page: Page | undefined;
  #asking: "reset" | undefined;
  /** Which line would be the first on the next screenful. */
  #then = 0;
  #checking: AbortController | undefined;
  /** What was begun and has not ended. */
  readonly #doing = new Set<Promise<unknown>>();
  /** Loaded, and waiting for the next file: it is what makes a verdict quick. */
  #checker = new Checker();
  /** Aborted when somebody quits. */
  readonly #over = new AbortController();
  #terminal: Terminal | undefined;
  #saves: Saves | undefined;

  constructor(exercise: Exercise, progress: Progress, paint: Paint) {
    this.#exercise = exercise;
    this.#progress = progress;
    this.#paint = paint;
  }

  /** Until somebody quits. */
  async run(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<void> {
    const over = once(this.#over.signal, "abort");
    this.#terminal = new Terminal(input, output, { key: (key) => this.#pressed(key), redraw: () => this.#draw() });
    this.#saves = new Saves(workFolder, (path) => {
      if (path === this.#exercise.work) this.#check();
    });
    const onStop = () => this.#over.abort();
    process.on("SIGTERM", onStop);
    try {
      this.#check();
      await over;
    } finally {
      process.off("SIGTERM", onStop);
      this.#checking?.abort();
      this.#checker.end();
      this.#terminal.close();
      await this.#saves.close();
      while (this.#doing.size > 0) await Promise.all(this.#doing);
    }
  }

  /** Checks the file as it is now. What is being checked is forgotten. */
  #check(): void {
    // Who quits while the next exercise is being fetched must not find a process that checks it for nobody.
    if (this.#over.signal.aborted) return;
    this.#checking?.abort();
    const checking = new AbortController();
    this.#checking = checking;
    this.#page = undefined;
    this.#printed = "";
    this.#saves?.known(this.#exercise.work);
    this.#draw();
    const judged = this.#judge(checking.signal).finally(() => {
      if (this.#checking === checking) this.#checking = undefined;
      this.#draw();
    });
    this.#run(judged);
  }

  async #judge(signal: AbortSignal): Promise<void> {
    const exercise = this.#exercise;
    if (await ensureWork(exercise)) this.#saves?.known(exercise.work);
    if (signal.aborted) return;
    const checker = this.#checker;
    this.#checker = new Checker();
    const printed = (text: string) => {
      if (!signal.aborted) this.#printed += text;
    };
    const judged = await judge(exercise, { checker, signal, printed });
    if (signal.aborted) return;
    this.#judged = judged;
    this.#progress = await rememberVerdict(exercise.id, judged.verdict.kind === "pass");
  }

  #pressed(key: string): void {
    if (key === "\x03" || key === "\x04") {
      this.#over.abort();
      return;
    }
    if (this.#asking === "reset") {
      this.#asking = undefined;
      if (key === "y") this.#run(this.#reset());
      else this.#draw();
      return;
    }
    const exercise = this.#exercise;
    const keys: Readonly<Record<string, () => void>> = {
      q: () => this.#over.abort(),
      n: () => this.#run(this.#next(1)),
      p: () => this.#run(this.#next(-1)),
      r: () => this.#check(),
      h: () => this.#run(this.#hint()),
      i: () => this.#show(storyPage(exercise)),
      w: () => this.#show(whyPage(exercise, this.#progress)),
      " ": () => this.#draw(this.#then),
      s: () => this.#show(solutionPage(exercise, this.#progress)),
      d: () => this.#run(diffPage(exercise, this.#progress, this.#paint).then((page) => this.#show(page))),
      t: () => this.#show(timelinePage(this.#judged)),
      l: () => this.#show({ title: "all exercises", content: listLines(this.#progress, this.#paint) }),
      c: () => this.#run(this.#again()),
      e: () => this.#run(this.#edit()),
      x: () => {
        this.#asking = "reset";
        this.#draw();
      },
    };
    const action = keys[key];
    if (action) action();
    else if (this.#page) {
      this.#page = undefined;
      this.#draw();
    }
  }

  #run(work: Promise<unknown>): void {
    const done = work.catch((error: unknown) => this.#failed(error)).finally(() => this.#doing.delete(done));
    this.#doing.add(done);
  }

  /** What went wrong with the workshop itself, or with the disk. */
  #failed(error: unknown): void {
    const known = unwritable(error);
    if (known) this.#show({ title: "that did not work", content: known });
    else
      this.#show({
        title: "this should not have happened",
        content: [String(error instanceof Error ? error.stack : error)],
      });
  }

  async #next(step: 1 | -1): Promise<void> {
    const all = exercises();
    const next = all[all.findIndex(({ id }) => id === this.#exercise.id) + step];
    if (!next) {
      this.#show({ title: step > 0 ? "that was the last exercise" : "this is the first exercise", content: [] });
      return;
    }
    this.#exercise = next;
    this.#judged = undefined;
    await ensureWork(next);
    this.#progress = await remember(next.id, (kept) => kept);
    this.#check();
  }

  async #hint(): Promise<void> {
    const hint = await nextHint(this.#exercise);
    this.#progress = hint.progress;
    this.#show(hintPage(hint));
  }

  /** All that is done, checked again, as long as the page is looked at. */
  async #again(): Promise<void> {
    const title = "all that is done, again";
    const lines: string[] = [];
    let page = this.#show({ title, content: ["checking …"] });
    for await (const { line } of checkedAgain(this.#progress, this.#paint, this.#over.signal)) {
      if (this.#page !== page) return;
      lines.push(line);
      page = this.#show({ title, content: [...lines, "checking …"] });
    }
    if (this.#page === page) this.#show({ title, content: lines.length > 0 ? lines : ["nothing is done yet"] });
  }

  async #edit(): Promise<void> {
    const editor = process.env.VISUAL ?? process.env.EDITOR;
    if (!editor) {
      const content = "EDITOR in the environment says which one to open: EDITOR=vim npm run exercises";
      this.#show({ title: "no editor is named", content });
      return;
    }
    await this.#terminal?.lend(async () => {
      const child = spawn(`${editor} "${this.#exercise.work}"`, { stdio: "inherit", shell: true });
      await once(child, "exit");
    });
    this.#check();
  }

  async #reset(): Promise<void> {
    const backup = await resetWork(this.#exercise);
    this.#check();
    if (backup) this.#show({ title: "begun anew", content: `What was there is ${backup}` });
  }

  #show(page: Page): Page {
    this.#page = page;
    this.#draw();
    return page;
  }

  #draw(from = 0): void {
    const terminal = this.#terminal;
    if (!terminal) return;
    const width = Math.min(terminal.columns, 100);
    this.#then = terminal.draw(
      this.#content(width),
      this.#asking
        ? [this.#paint.yet(resetQuestion)]
        : footerLines(this.#exercise, this.#progress, width).map(this.#paint.faint),
      from,
    );
  }

  #content(width: number): readonly string[] {
    const { strong, faint } = this.#paint;
    const title = strong(`${this.#exercise.id} · ${this.#exercise.title}`);
    if (this.#page) {
      return [title, "", strong(this.#page.title), "", ...pageLines(this.#page, width, this.#paint)];
    }
    if (this.#checking || !this.#judged) return [title, "", faint("checking …")];
    const printed = this.#printed.trimEnd().split("\n").slice(-5);
    return [
      ...judgedScreen(this.#exercise, this.#judged, { width, paint: this.#paint }),
      ...(this.#printed === "" ? [] : ["", faint("your code printed"), ...printed.map((line) => `  ${line}`)]),
      ...(this.#judged.verdict.kind === "pass"
        ? ["", ...wrapped(this.#exercise.concept, width, ""), "", ...keyLines(passKeys, width).map(faint)]
        : []),
    ];
  }
}

/** Where the learner is, or where they ask to be; made if it is not there. */
export async function whereToGoOn(
  say: (line: string) => void,
  asked?: Exercise,
): Promise<{ exercise: Exercise; progress: Progress }> {
  const before = await readProgress(say);
  const all = exercises();
  const exercise = asked ?? all.find(({ id }) => id === before.current) ?? all[0];
  if (!exercise) throw new Error("there are no exercises");
  await ensureWork(exercise);
  const progress = asked ? await remember(asked.id, (kept) => kept) : before;
  return { exercise, progress };
}
