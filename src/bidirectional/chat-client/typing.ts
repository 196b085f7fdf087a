import { clearScreenDown, createInterface, cursorTo, moveCursor } from "node:readline";
import { Writable } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import stringWidth from "string-width";

/** Where a person types, and reads meanwhile what others say. */
export interface Typing {
  /** Writes a line above the one that is being typed, which stays as it is, cursor and all. */
  print(line: string): void;
  close(): void;
}

/** What a person does. */
export interface Typed {
  line(text: string): void;
  /** Ctrl-c, or ctrl-d on an empty line. */
  leave(): void;
}

const graphemes = new Intl.Segmenter();

/**
 * A line at the bottom of a terminal that keeps its place while others are written above it.
 *
 * readline edits it, and nobody sees what readline draws: it takes a line that was pasted for shorter than it is, and
 * would write it twice.
 */
export function typingAt(input: ReadStream, output: WriteStream, prompt: string, typed: Typed): Typing {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const editor = createInterface({ input, output: unseen, terminal: true });
  /** How many rows below the beginning of the typed line the cursor is. */
  let cursorRow = 0;
  let closed = false;

  function clear(): void {
    moveCursor(output, 0, -cursorRow);
    cursorTo(output, 0);
    clearScreenDown(output);
    cursorRow = 0;
  }

  function draw(): void {
    if (closed) return;
    clear();
    const text = prompt + editor.line;
    output.write(text);
    const end = placeAfter(text, output.columns);
    // A terminal whose row is just full goes on to the next with the next character, and not before.
    if (end.column === 0 && end.row > 0) output.write("\n");
    const cursor = placeAfter(prompt + editor.line.slice(0, editor.cursor), output.columns);
    moveCursor(output, 0, cursor.row - end.row);
    cursorTo(output, cursor.column);
    cursorRow = cursor.row;
  }

  function resized(): void {
    // The terminal has wrapped the line anew.
    cursorRow = placeAfter(prompt + editor.line.slice(0, editor.cursor), output.columns).row;
    draw();
  }

  // What is said goes from the screen: the room will say it.
  editor.on("line", (text) => {
    draw();
    typed.line(text);
  });
  editor.on("SIGINT", () => typed.leave());
  // By ctrl-d, and not by us: then nobody listens any more.
  editor.on("close", () => {
    if (closed) return;
    close();
    typed.leave();
  });
  // After the editor's own listener, when the line is as the key has made it.
  const keyPressed = (_text: string | undefined, key: { readonly ctrl?: boolean; readonly name?: string }) => {
    // In between the process was stopped, and the shell has written where the line was.
    if (key.ctrl && key.name === "z") cursorRow = 0;
    draw();
  };
  // The editor has paused itself before ctrl-z.
  editor.on("SIGCONT", () => {
    editor.resume();
    draw();
  });
  input.on("keypress", keyPressed);
  output.on("resize", resized);
  draw();

  function close(): void {
    if (closed) return;
    clear();
    closed = true;
    input.off("keypress", keyPressed);
    output.off("resize", resized);
    editor.close();
  }

  return {
    print(line) {
      clear();
      output.write(`${line}\n`);
      draw();
    },
    close,
  };
}

/** Where a terminal of so many columns is after a text: wide characters do not fit into the last column. */
function placeAfter(text: string, columns: number): { readonly row: number; readonly column: number } {
  let row = 0;
  let column = 0;
  for (const { segment } of graphemes.segment(text)) {
    const width = stringWidth(segment);
    if (column + width > columns) {
      row += 1;
      column = 0;
    }
    column += width;
  }
  return column === columns ? { row: row + 1, column: 0 } : { row, column };
}
