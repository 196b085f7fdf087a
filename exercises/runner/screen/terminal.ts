import { once } from "node:events";
import { emitKeypressEvents, type Key } from "node:readline";
import { cut } from "../../../src/tap/index.js";

const enterScreen = "\x1b[?1049h\x1b[?25l";
const leaveScreen = "\x1b[?25h\x1b[?1049l";

/** What a program shows on its screen, and what it does with the keys. */
export interface View {
  /** The lines above the footer, in a window of `width` columns. */
  content(width: number): readonly string[];
  /** The lines at the bottom of the window. */
  footer(width: number): readonly string[];
  /** A key was pressed. The name is readline's: `q`, `space`, `return`. */
  pressed(key: string): void;
}

/**
 * A screen of its own on a terminal. When it is closed, the terminal shows what it showed before. Ctrl-C and Ctrl-D
 * quit, Ctrl-Z suspends, and `fg` brings the screen back.
 */
export class Terminal {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #view: View;
  readonly #quit = new AbortController();
  /** Whether the terminal shows this screen, and not a shell or an editor. */
  #isShown = false;
  /** The first line of the next screenful. */
  #next = 0;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, view: View) {
    this.#input = input;
    this.#output = output;
    this.#view = view;
  }

  /** Aborted when the user quits. */
  get over(): AbortSignal {
    return this.#quit.signal;
  }

  /** Shows the view. @returns a promise that settles when the user quits */
  open(): Promise<unknown> {
    emitKeypressEvents(this.#input);
    this.#input.on("keypress", this.#onKeypress);
    this.#output.on("resize", this.#onResize);
    process.on("SIGCONT", this.#enter).on("SIGTERM", this.#onStop);
    this.#enter();
    return once(this.over, "abort");
  }

  quit(): void {
    this.#quit.abort();
  }

  /**
   * Draws the view, from the `from`-th line of its content on. Long lines are cut, and a last line announces more
   * lines.
   */
  draw(from = 0): void {
    if (!this.#isShown) return;
    // Some terminals say that they have 0 columns.
    const columns = this.#output.columns || 80;
    const rows = this.#output.rows || 24;
    const width = Math.min(columns, 100);
    const footer = this.#view.footer(width);
    const room = Math.max(2, rows - footer.length);
    const lines = this.#view.content(width).flatMap((line) => line.split("\n"));
    const hidden = lines.length - from > room ? lines.length - from - room + 1 : 0;
    const shown = lines.slice(from, hidden > 0 ? from + room - 1 : undefined);
    if (hidden > 0) shown.push(`… ${hidden} more lines: space bar`);
    const blank = Array.from({ length: room - shown.length }, () => "");
    const all = [...shown, ...blank, ...footer].map((line) => `${cut(line, columns)}\x1b[K`);
    this.#output.write(`\x1b[H${all.join("\r\n")}\x1b[J`);
    this.#next = hidden > 0 ? from + room - 1 : 0;
  }

  /** Draws the next screenful; after the last one, the first one. */
  turnPage(): void {
    this.draw(this.#next);
  }

  /** Gives the terminal to another program, such as an editor, until `work` is done. */
  async lend(work: () => Promise<void>): Promise<void> {
    this.#leave();
    // Two readers of one terminal would each get every second key.
    this.#input.pause();
    try {
      await work();
    } finally {
      if (!this.over.aborted) this.#enter();
    }
  }

  close(): void {
    this.#input.off("keypress", this.#onKeypress);
    this.#output.off("resize", this.#onResize);
    process.off("SIGCONT", this.#enter).off("SIGTERM", this.#onStop);
    this.#leave();
    this.#input.pause();
  }

  readonly #onResize = () => this.draw();
  readonly #onStop = () => this.quit();

  readonly #enter = () => {
    this.#isShown = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(enterScreen);
    this.draw();
  };

  readonly #onKeypress = (_text: string | undefined, { name, sequence = "", ctrl }: Key) => {
    if (!ctrl) this.#view.pressed(name ?? sequence);
    else if (name === "c" || name === "d") this.quit();
    else if (name === "z" && process.platform !== "win32") {
      this.#leave();
      // A terminal suspends the whole group. Without that, npm would keep the shell waiting.
      process.kill(0, "SIGTSTP");
    }
  };

  #leave(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#output.write(leaveScreen);
    this.#input.setRawMode(false);
  }
}
