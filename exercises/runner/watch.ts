import { spawn } from "node:child_process";
import { once } from "node:events";
import { changesOf } from "./changes.js";
import { type Exercise, exercises, fileOf, workFolder } from "./exercise.js";
import { footerLines } from "./footer.js";
import { hintsOf } from "./hints.js";
import { expectedDiagram, type Judged, judge } from "./judge.js";
import { listLines } from "./list.js";
import { keptOf, type Progress, readProgress, remember } from "./progress.js";
import { solutionOf } from "./regions.js";
import { Checker } from "./run-check.js";
import { Saves } from "./saves.js";
import { type Paint, reflowed, verdictScreen } from "./screen.js";
import { Terminal } from "./terminal.js";
import { ensureWork, resetWork } from "./work.js";

/** A page that stands in place of the verdict until another key is pressed. */
interface Page {
  readonly title: string;
  /** Lines that are drawn as they are, or Markdown to be filled into the window. */
  readonly content: readonly string[] | string;
}

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
  /** Loaded, and waiting for the next file: it is what makes a verdict quick. */
  #checker = new Checker();
  #quit: () => void = () => {};
  #terminal: Terminal | undefined;
  #saves: Saves | undefined;

  constructor(exercise: Exercise, progress: Progress, paint: Paint) {
    this.#exercise = exercise;
    this.#progress = progress;
    this.#paint = paint;
  }

  /** Until somebody quits. */
  async run(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<void> {
    const over = new Promise<void>((resolve) => {
      this.#quit = resolve;
    });
    this.#terminal = new Terminal(input, output, { key: (key) => this.#pressed(key), redraw: () => this.#draw() });
    this.#saves = new Saves(workFolder, (path) => {
      if (path === this.#exercise.work) this.#check();
    });
    const onStop = () => this.#quit();
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
    }
  }

  /** Checks the file as it is now. What is being checked is forgotten. */
  #check(): void {
    this.#checking?.abort();
    const checking = new AbortController();
    this.#checking = checking;
    this.#page = undefined;
    this.#printed = "";
    this.#saves?.known(this.#exercise.work);
    this.#draw();
    this.#judge(checking.signal)
      .catch((error: Error) => this.#show("this should not have happened", [error.stack ?? error.message]))
      .finally(() => {
        if (this.#checking === checking) this.#checking = undefined;
        this.#draw();
      });
  }

  async #judge(signal: AbortSignal): Promise<void> {
    const exercise = this.#exercise;
    const checker = this.#checker;
    this.#checker = new Checker();
    if (await ensureWork(exercise)) this.#saves?.known(exercise.work);
    const printed = (text: string) => {
      if (!signal.aborted) this.#printed += text;
    };
    const judged = await judge(exercise, { checker, signal, printed });
    if (signal.aborted) return;
    this.#judged = judged;
    this.#progress = await remember(exercise.id, (kept) => ({
      ...kept,
      attempts: kept.attempts + 1,
      ...(judged.verdict.kind === "pass" && kept.done === undefined ? { done: new Date().toISOString() } : {}),
    }));
  }

  #pressed(key: string): void {
    if (key === "\x03" || key === "\x04") {
      this.#quit();
      return;
    }
    if (this.#asking === "reset") {
      this.#asking = undefined;
      if (key === "y") this.#run(this.#reset());
      else this.#draw();
      return;
    }
    const keys: Readonly<Record<string, () => void>> = {
      q: () => this.#quit(),
      n: () => this.#run(this.#next(1)),
      p: () => this.#run(this.#next(-1)),
      r: () => this.#check(),
      h: () => this.#run(this.#hint()),
      i: () => this.#story(),
      " ": () => this.#draw(this.#then),
      s: () => this.#solution(),
      d: () => this.#run(this.#diff()),
      t: () => this.#timeline(),
      l: () => this.#show("all exercises", listLines(this.#progress, this.#paint)),
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

  /** What is to be done, as its README says. */
  #story(): void {
    const [, ...text] = fileOf(this.#exercise, "README.md").split("\n");
    this.#show(`exercises/${this.#exercise.name}/README.md`, text.join("\n").trimStart());
  }

  #run(work: Promise<void>): void {
    work.catch((error: Error) => this.#show("that did not work", [error.message]));
  }

  async #next(step: 1 | -1): Promise<void> {
    const all = exercises();
    const next = all[all.findIndex(({ id }) => id === this.#exercise.id) + step];
    if (!next) {
      this.#show(step > 0 ? "that was the last exercise" : "this is the first exercise", [""]);
      return;
    }
    this.#exercise = next;
    this.#judged = undefined;
    await ensureWork(next);
    this.#progress = await remember(next.id, (kept) => kept);
    this.#check();
  }

  async #hint(): Promise<void> {
    const hints = hintsOf(fileOf(this.#exercise, "hints.md"));
    const { id } = this.#exercise;
    this.#progress = await remember(id, (kept) => ({ ...kept, hints: Math.min(kept.hints + 1, hints.length) }));
    const { hints: read } = keptOf(this.#progress, id);
    const more =
      read < hints.length ? "h shows the next one" : "that was the last one; s gives the solution after a pass";
    this.#show(`hint ${read} of ${hints.length}`, `${hints[read - 1]}\n\n${more}`);
  }

  #solution(): void {
    const { done } = keptOf(this.#progress, this.#exercise.id);
    if (done) this.#show("the solution", solutionOf(fileOf(this.#exercise, "solution.ts")).split("\n"));
    else
      this.#show("the solution is here after a pass", [
        `to give up: PEEK=1 npm run -s solution -- ${this.#exercise.id}`,
      ]);
  }

  async #diff(): Promise<void> {
    const { done } = keptOf(this.#progress, this.#exercise.id);
    if (!done) {
      this.#show("the comparison is here after a pass", ["Until then the solution is a surprise."]);
      return;
    }
    this.#show("yours (-) and the solution (+)", await changesOf(this.#exercise, this.#paint));
  }

  #timeline(): void {
    const verdict = this.#judged?.verdict;
    const diagram = verdict && "diagram" in verdict ? verdict.diagram : [];
    this.#show(
      "what passed in your run",
      diagram.length > 0 ? diagram : ["Nothing is drawn of a pass, or of a file that does not compile."],
    );
  }

  async #edit(): Promise<void> {
    const editor = process.env.VISUAL ?? process.env.EDITOR;
    if (!editor) {
      this.#show("no editor is named", [
        "EDITOR in the environment says which one to open: EDITOR=vim npm run exercises",
      ]);
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
    if (backup) this.#show("begun anew", `What was there is ${backup}`);
  }

  #show(title: string, content: Page["content"]): void {
    this.#page = { title, content };
    this.#draw();
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
      const { title: what, content } = this.#page;
      return [title, "", strong(what), "", ...(typeof content === "string" ? reflowed(content, width) : content)];
    }
    if (this.#checking || !this.#judged) return [title, "", faint("checking …")];
    const { verdict, tookMs } = this.#judged;
    const expected = "check" in verdict ? expectedDiagram(this.#exercise, verdict.check) : [];
    const printed = this.#printed.trimEnd().split("\n").slice(-5);
    return [
      ...verdictScreen(this.#exercise, verdict, { width, paint: this.#paint, tookMs, expected }),
      ...(this.#printed === "" ? [] : ["", faint("your code printed"), ...printed.map((line) => `  ${line}`)]),
      ...(verdict.kind === "pass"
        ? ["", this.#exercise.concept, "", faint("s the solution   d yours and the solution   n the next exercise")]
        : []),
    ];
  }
}

/** Where the learner is; made if it is not there. */
export async function whereToGoOn(say: (line: string) => void): Promise<{ exercise: Exercise; progress: Progress }> {
  const progress = await readProgress(say);
  const all = exercises();
  const exercise = all.find(({ id }) => id === progress.current) ?? all[0];
  if (!exercise) throw new Error("there are no exercises");
  await ensureWork(exercise);
  return { exercise, progress };
}
