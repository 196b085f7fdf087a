import { PassThrough, Writable } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import xterm from "@xterm/headless";
import { gate } from "../bridge/test/harness/loopback.js";

/** A terminal for a test to type at and to read. */
export interface Screen {
  readonly input: ReadStream;
  readonly output: WriteStream;
  type(keys: string): void;
  /** The rows up to the last one with text, after all writes are shown. */
  rows(): Promise<string[]>;
  /** The rows, once `matches` accepts them. Looks again after each write. */
  when(matches: (rows: readonly string[]) => boolean): Promise<string[]>;
  /** All of the screen, once `text` is on it. */
  shows(text: string): Promise<string>;
  /** The column and the row of the cursor, from 0. */
  cursor(): Promise<{ readonly x: number; readonly y: number }>;
  resize(columns: number): void;
}

/** A terminal that works like a real one, without a window. */
export function screen(columns = 40, rows = 12): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, convertEol: true, allowProposedApi: true });
  let written = gate();
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = Object.assign(
    new Writable({
      write: (bytes, _encoding, done) =>
        terminal.write(bytes as Buffer, () => {
          done();
          written.open();
          written = gate();
        }),
    }),
    { isTTY: true, columns, rows },
  );
  /** All input has been handled, and all output is shown. */
  async function settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => terminal.write("", resolve));
  }
  async function shownRows(): Promise<string[]> {
    await settled();
    const buffer = terminal.buffer.active;
    const lines = Array.from(
      { length: buffer.length },
      // A line keeps its cells when the window becomes narrower: take only the visible ones.
      (_, row) => buffer.getLine(row)?.translateToString(true, 0, terminal.cols) ?? "",
    );
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  async function when(matches: (rows: readonly string[]) => boolean): Promise<string[]> {
    for (;;) {
      const { opened } = written;
      const shown = await shownRows();
      if (matches(shown)) return shown;
      await opened;
    }
  }

  return {
    // The parts of a terminal that readline uses.
    input: input as unknown as ReadStream,
    output: output as unknown as WriteStream,
    type: (keys) => void input.write(keys),
    rows: shownRows,
    when,
    shows: async (text) => (await when((lines) => lines.join("\n").includes(text))).join("\n"),
    async cursor() {
      await settled();
      const { cursorX: x, cursorY: y } = terminal.buffer.active;
      return { x, y };
    },
    resize(to) {
      terminal.resize(to, rows);
      output.columns = to;
      output.emit("resize");
    },
  };
}
