import { clearScreenDown, createInterface, cursorTo, moveCursor } from "node:readline";
import { Writable } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import stringWidth from "string-width";

/** A line in which a person types while other lines appear above it. */
export interface Typing {
  /** Writes a line above the typed one, which stays as it is, with its cursor. */
  print(line: string): void;
  close(): void;
}

/** What the person does. */
export interface TypingEvents {
  line(text: string): void;
  /** Ctrl-c, or ctrl-d on an empty line. */
  leave(): void;
}

const graphemes = new Intl.Segmenter();

/**
 * A line at the bottom of a terminal that keeps its place while others are written above it. readline edits the line,
 * but its output is discarded: it would take a pasted line for shorter than it is, and write it twice.
 */
export function typingAt(input: ReadStream, output: WriteStream, prompt: string, events: TypingEvents): Typing {
  const discarded = new Writable({ write: (_chunk, _encoding, done) => done() });
  const editor = createInterface({ input, output: discarded, terminal: true });
  /** In which row of the typed line the cursor is. */
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
    // A terminal whose row is full moves to the next row only with the next character.
    if (end.column === 0 && end.row > 0) output.write("\n");
    const cursor = placeAfter(prompt + editor.line.slice(0, editor.cursor), output.columns);
    moveCursor(output, 0, cursor.row - end.row);
    cursorTo(output, cursor.column);
    cursorRow = cursor.row;
  }

  function resized(): void {
    // The terminal has wrapped the line again.
    cursorRow = placeAfter(prompt + editor.line.slice(0, editor.cursor), output.columns).row;
    draw();
  }

  // A typed line disappears: it comes back as an event of the room.
  editor.on("line", (text) => {
    draw();
    events.line(text);
  });
  editor.on("SIGINT", () => events.leave());
  // Ctrl-d on an empty line closes the editor.
  editor.on("close", () => {
    if (closed) return;
    close();
    events.leave();
  });
  // Runs after the editor's own listener, which has changed the line.
  const keyPressed = (_text: string | undefined, key: { readonly ctrl?: boolean; readonly name?: string }) => {
    // The process was stopped meanwhile, and the shell has written over the line.
    if (key.ctrl && key.name === "z") cursorRow = 0;
    draw();
  };
  // The editor pauses itself at ctrl-z.
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

/** Where the cursor is after a text. A wide character does not fit into the last column. */
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
