import { spawn } from "node:child_process";
import { once } from "node:events";
import { exercises } from "../content/exercise.js";
import { Terminal } from "../screen/terminal.js";
import { fill, keyLines } from "../screen/text.js";
import { verdictScreen } from "../screen/verdict-screen.js";
import { FileCheck } from "./file-check.js";
import { checkedAgain, footerLines, nextHint, type Page, pageLines, pages, type State } from "./pages.js";
import { remember, rememberVerdict } from "./progress.js";
import { resetWork, unwritable } from "./work.js";

const passKeys = ["w why this is right", "s the solution", "d yours and the solution", "n the next exercise"];
const resetQuestion = "Begin this exercise again? What is there is kept. y yes, any other key no";

/**
 * The workshop at a terminal. It checks the learner's file whenever the learner saves it, and shows one verdict. It
 * changes to another exercise only when the learner asks for that.
 */
export class Watch {
  readonly #state: State;
  readonly #terminal: Terminal;
  readonly #check = new FileCheck(() => this.#checkFile());
  /** What is shown instead of the verdict. */
  #page: Page | undefined;
  /** Whether the next key answers the question before a reset. */
  #isAsking = false;
  /** The actions that have begun and not finished. */
  readonly #doing = new Set<Promise<void>>();

  constructor(state: State, ...streams: [NodeJS.ReadStream, NodeJS.WriteStream]) {
    this.#state = state;
    const { faint, yet } = state.paint;
    this.#terminal = new Terminal(...streams, {
      content: (width) => this.#content(width),
      footer: (width) => (this.#isAsking ? [yet(resetQuestion)] : footerLines(state, width).map(faint)),
      pressed: (key) => this.#pressed(key),
    });
  }

  /** Shows the workshop until the learner quits. */
  async run(): Promise<void> {
    const over = this.#terminal.open();
    try {
      this.#checkFile();
      await over;
    } finally {
      this.#check.close();
      this.#terminal.close();
      while (this.#doing.size > 0) await Promise.all(this.#doing);
    }
  }

  readonly #actions: Readonly<Record<string, () => unknown>> = {
    q: () => this.#terminal.quit(),
    n: () => this.#go(1),
    p: () => this.#go(-1),
    r: () => this.#checkFile(),
    h: () => this.#hint(),
    c: () => this.#checkDone(),
    e: () => this.#edit(),
    x: () => this.#ask(true),
    space: () => this.#terminal.turnPage(),
  };

  #pressed(key: string): void {
    const answer = key === "y" ? () => this.#reset() : () => this.#ask(false);
    const action = this.#isAsking ? answer : this.#actions[key];
    this.#isAsking = false;
    // A key without a meaning closes the page.
    this.#do(action ?? (() => this.#show(pages[key]?.(this.#state))));
  }

  /** Runs an action, and shows why it failed. */
  #do(action: () => unknown): void {
    const done = (async () => void (await action()))()
      .catch((error: unknown) => {
        const known = unwritable(error);
        const content = known ?? [String(error instanceof Error ? error.stack : error)];
        this.#show({ title: known ? "that did not work" : "this should not have happened", content });
      })
      .finally(() => this.#doing.delete(done));
    this.#doing.add(done);
  }

  /** Checks the file as it is now, and forgets a check that is not finished. */
  #checkFile(): void {
    // A key may be late: after the end, no process may begin.
    if (this.#terminal.over.aborted) return;
    this.#do(async () => {
      const { exercise } = this.#state;
      this.#state.judged = undefined;
      this.#show(undefined);
      const judged = await this.#check.run(exercise);
      if (!judged) return;
      this.#state.judged = judged;
      this.#state.progress = rememberVerdict(exercise.id, judged.verdict.kind === "pass");
      this.#terminal.draw();
    });
  }

  #go(step: 1 | -1): void {
    const all = exercises();
    const next = all[all.findIndex(({ id }) => id === this.#state.exercise.id) + step];
    if (!next) {
      this.#show({ title: step > 0 ? "that was the last exercise" : "this is the first exercise", content: [] });
      return;
    }
    this.#state.exercise = next;
    this.#state.progress = remember(next.id, (kept) => kept);
    this.#checkFile();
  }

  #hint(): void {
    const { text, title, isLast, progress } = nextHint(this.#state.exercise);
    this.#state.progress = progress;
    const more = isLast ? "that was the last one; s gives the solution after a pass" : "h shows the next one";
    this.#show({ title, content: `${text}\n\n${more}` });
  }

  /** Checks every solved exercise again, as long as its page is shown. */
  async #checkDone(): Promise<void> {
    const title = "all that is done, again";
    const lines: string[] = [];
    let page = this.#show({ title, content: ["checking …"] });
    for await (const { line } of checkedAgain(this.#state.progress, this.#state.paint, this.#terminal.over)) {
      if (this.#page !== page) return;
      lines.push(line);
      page = this.#show({ title, content: [...lines, "checking …"] });
    }
    if (this.#page === page) this.#show({ title, content: lines.length > 0 ? lines : ["nothing is done yet"] });
  }

  async #edit(): Promise<void> {
    const editor = process.env.VISUAL ?? process.env.EDITOR;
    if (!editor) {
      const content = "Name your editor in the environment: EDITOR=vim npm run exercises";
      this.#show({ title: "no editor is named", content });
      return;
    }
    await this.#terminal.lend(async () => {
      const child = spawn(`${editor} "${this.#state.exercise.work}"`, { stdio: "inherit", shell: true });
      await once(child, "exit");
    });
    this.#checkFile();
  }

  #ask(isAsking: boolean): void {
    this.#isAsking = isAsking;
    this.#terminal.draw();
  }

  #reset(): void {
    const backup = resetWork(this.#state.exercise);
    this.#checkFile();
    if (backup) this.#show({ title: "begun anew", content: `What was there is ${backup}` });
  }

  #show(page: Page | undefined): Page | undefined {
    this.#page = page;
    this.#terminal.draw();
    return page;
  }

  #content(width: number): readonly string[] {
    const { exercise, judged, paint } = this.#state;
    const { strong, faint } = paint;
    const heading = [strong(`${exercise.id} · ${exercise.title}`), ""];
    if (this.#page) return [...heading, strong(this.#page.title), "", ...pageLines(this.#page, width, paint)];
    if (!judged) return [...heading, faint("checking …")];
    const printed = judged.checked?.printed ?? "";
    const lastLines = printed.trimEnd().split("\n").slice(-5);
    const isPass = judged.verdict.kind === "pass";
    return [
      ...verdictScreen(exercise, judged, { width, paint }),
      ...(printed === "" ? [] : ["", faint("your code printed"), ...lastLines.map((line) => `  ${line}`)]),
      ...(isPass ? ["", ...fill(exercise.concept, width), "", ...keyLines(passKeys, width).map(faint)] : []),
    ];
  }
}
