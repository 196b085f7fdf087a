import { cut } from "../../src/tap/index.js";

const enterScreen = "\x1b[?1049h\x1b[?25l";
const leaveScreen = "\x1b[?25h\x1b[?1049l";

/** What happens at a terminal. */
export interface TerminalEvents {
  /** A key was pressed: one character. */
  readonly key: (key: string) => void;
  /** The window has another size, or this program is in the foreground again: draw. */
  readonly redraw: () => void;
}

/**
 * A screen of its own on a terminal: what was there before is there again when it is closed, so that nothing scrolls away.
 * Ctrl-z suspends as everywhere else, and `fg` brings the screen back.
 */
export class Terminal {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #events: TerminalEvents;
  readonly #onData = (text: string) => this.#typed(text);
  readonly #onResize = () => this.#events.redraw();
  readonly #onContinue = () => {
    this.#enter();
    this.#events.redraw();
  };

  /** It has been given back: what is drawn late must not land among somebody's own lines. */
  #closed = false;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, events: TerminalEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
    input.setEncoding("utf8");
    input.on("data", this.#onData);
    output.on("resize", this.#onResize);
    process.on("SIGCONT", this.#onContinue);
    this.#enter();
  }

  get columns(): number {
    return this.#output.columns || 80;
  }

  get rows(): number {
    return this.#output.rows || 24;
  }

  /**
   * Shows lines, from the `from`-th on, above the last `footer` lines. What does not fit is cut at the right, and announced
   * below.
   *
   * @returns from where on the next screenful would be; 0 where all has been shown
   */
  draw(lines: readonly string[], footer: readonly string[], from = 0): number {
    if (this.#closed) return 0;
    const room = Math.max(2, this.rows - footer.length);
    const flat = lines.flatMap((line) => line.split("\n")).slice(from);
    const hidden = flat.length > room ? flat.length - room + 1 : 0;
    const shown = hidden > 0 ? [...flat.slice(0, room - 1), `… ${hidden} more lines: space bar`] : flat;
    const blank = Array.from({ length: Math.max(0, room - shown.length) }, () => "");
    const all = [...shown, ...blank, ...footer].map((line) => `${cut(line, this.columns)}\x1b[K`);
    this.#output.write(`\x1b[H${all.join("\r\n")}\x1b[J`);
    return hidden > 0 ? from + room - 1 : 0;
  }

  /** Gives the screen away, to an editor for example, until `work` is done. */
  async lend(work: () => Promise<void>): Promise<void> {
    this.#leave();
    // Who reads the same terminal takes every second key away from the editor.
    this.#input.pause();
    try {
      await work();
    } finally {
      this.#enter();
      this.#events.redraw();
    }
  }

  close(): void {
    this.#closed = true;
    this.#input.off("data", this.#onData);
    this.#output.off("resize", this.#onResize);
    process.off("SIGCONT", this.#onContinue);
    this.#leave();
    this.#input.pause();
  }

  #typed(text: string): void {
    for (const key of text) {
      if (key === "\x1a") this.#suspend();
      else this.#events.key(key);
    }
  }

  #suspend(): void {
    if (process.platform === "win32") return;
    this.#leave();
    // The whole group, as a terminal does it: npm, which waits for this program, would keep the shell waiting.
    process.kill(0, "SIGTSTP");
  }

  #enter(): void {
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(enterScreen);
  }

  #leave(): void {
    this.#output.write(leaveScreen);
    this.#input.setRawMode(false);
  }
}
