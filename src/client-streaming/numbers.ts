import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { UsageError } from "../host/index.js";

/** The numbers per message: enough to make the cost per message small, and few enough to begin to send at once. */
export const batchSize = 1024;

/** The data set that ships: 5 experiments of 20 runs. The path is relative to `dist/src/client-streaming`. */
export const defaultFile = fileURLToPath(
  new URL("../../../src/client-streaming/data/michelson-1879.txt", import.meta.url),
);

/** An open text of numbers. The caller destroys it. */
export interface NumberText {
  /** Its name in error messages. */
  readonly name: string;
  readonly text: Readable;
}

/**
 * Opens a file of numbers; `-` is stdin.
 *
 * @throws UsageError if the file cannot be opened
 */
export async function openNumbers(file: string): Promise<NumberText> {
  if (file === "-") return { name: "stdin", text: process.stdin.setEncoding("utf8") };
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read (${error.code}): name a file of numbers, or - for stdin`, {
      cause: error,
    });
  });
  return { name: file, text: handle.createReadStream({ encoding: "utf8" }) };
}

/**
 * The numbers of a text, in batches of `size`. It is pulled: no more text is read than is sent, so a file of any size
 * needs little memory. Numbers are decimal (`12`, `-1.5`, `2e-3`), with white space or commas between them. A `#`
 * begins a comment, which ends with its line.
 *
 * @param name the name of the text in errors
 * @throws Error that names the line and the word that is not a finite number
 */
export async function* batches(
  { name, text }: { readonly name: string; readonly text: AsyncIterable<string> },
  size: number = batchSize,
): AsyncGenerator<number[], void, undefined> {
  let batch: number[] = [];
  let line = 0;
  for await (const content of linesOf(name, text)) {
    line += 1;
    const words = content.replace(/#.*/, "").match(/[^\s,]+/g) ?? [];
    for (const [index, word] of words.entries()) {
      batch.push(numberIn(word, `${name}, line ${line}, word ${index + 1}`));
      if (batch.length === size) {
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}

/** In characters. A binary file may have no end of line, and must not fill the memory. */
const longestLine = 1024 * 1024;

async function* linesOf(name: string, text: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > longestLine) {
      throw new Error(`${name} has a line of more than ${longestLine} characters: put fewer numbers in a line`);
    }
  }
  yield rest;
}

/** Not `Number` alone: it accepts 0x10, 0b1 and Infinity. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberIn(word: string, where: string): number {
  const value = decimal.test(word) ? Number(word) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const shown = JSON.stringify(word.length > 20 ? `${word.slice(0, 20).toWellFormed()}…` : word);
  const problem = Number.isNaN(value) ? "is not a number" : "is too large for a double";
  throw new Error(
    `${where}: ${shown} ${problem}; write numbers like -1.5 or 2e-3 with spaces, commas or newlines between them, and # before a comment`,
  );
}
