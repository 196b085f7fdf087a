import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { UsageError } from "../host/index.js";

/** Enough numbers in one message to make the cost per message small, few enough to begin to send at once. */
export const batchSize = 1024;

/**
 * The data set that ships: 5 experiments of 20 runs. It lies beside the source; this is seen from
 * `dist/src/client-streaming`.
 */
export const defaultFile = fileURLToPath(
  new URL("../../../src/client-streaming/data/michelson-1879.txt", import.meta.url),
);

/** A text of numbers that is open for reading. Whoever opens it destroys it. */
export interface NumberText {
  /** As error messages call it. */
  readonly name: string;
  readonly text: Readable;
}

/**
 * Opens a file of numbers; `-` is stdin.
 *
 * @throws UsageError if there is no such file, before any call is made for it
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
 * The numbers of a text in batches of `size`, the last one smaller. It is pulled: no more of the text is read than is
 * sent, so that a file of any size passes through the same little memory.
 *
 * Numbers are decimal (`12`, `-1.5`, `2e-3`) and separated by white space or commas; `#` begins a comment that ends
 * with its line.
 *
 * @param name what an error calls the text
 * @throws Error that names the line and the word, where a word is no number or no finite double
 */
export async function* batches(
  { name, text }: { readonly name: string; readonly text: AsyncIterable<string> },
  size: number = batchSize,
): AsyncGenerator<number[], void, undefined> {
  const parse = numberParser(name);
  let batch: number[] = [];
  for await (const chunk of ended(text)) {
    for (const value of parse(chunk)) {
      batch.push(value);
      if (batch.length === size) {
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}

/** Ends the last line, so that a text without a newline at its end keeps its last number. */
async function* ended(text: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  yield* text;
  yield "\n";
}

/** No way to write a double needs more; a "word" beyond it is a file of another kind, and must not fill the memory. */
const longestWord = 1100;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A function that takes a text chunk by chunk, cut anywhere, and yields the numbers that are complete. */
function numberParser(name: string): (chunk: string) => Generator<number, void, undefined> {
  let line = 1;
  let position = 0;
  let inComment = false;
  let cutWord = "";

  return function* parse(chunk) {
    const text = cutWord + chunk;
    const complete = endOfLastSeparator(text);
    for (const [token] of text.slice(0, complete).matchAll(/[\n#]|[^\s,#]+/g)) {
      if (token === "\n") {
        line += 1;
        position = 0;
        inComment = false;
      } else if (token === "#") {
        inComment = true;
      } else if (!inComment) {
        position += 1;
        yield toNumber(token);
      }
    }
    cutWord = inComment ? "" : text.slice(complete);
    if (cutWord.length > longestWord) {
      position += 1;
      throw noNumber(cutWord, "is no number");
    }
  };

  function toNumber(word: string): number {
    // Not `Number` alone: it takes 0x10, 0b1 and Infinity as well.
    if (!decimal.test(word)) throw noNumber(word, "is no number");
    const value = Number(word);
    if (!Number.isFinite(value)) throw noNumber(word, "is too large for a double");
    return value;
  }

  function noNumber(word: string, what: string): Error {
    const shown = JSON.stringify(word.length > 20 ? `${word.slice(0, 20).toWellFormed()}…` : word);
    return new Error(
      `${name}, line ${line}, word ${position}: ${shown} ${what}; write numbers like -1.5 or 2e-3 with spaces, commas or newlines between them, and # before a comment`,
    );
  }
}

/**
 * What comes after it may go on in the next chunk. Sought from the end: a search from the start is quadratic in a long
 * word.
 */
function endOfLastSeparator(text: string): number {
  let end = text.length;
  while (end > 0 && !/[\s,#]/.test(text.charAt(end - 1))) end -= 1;
  return end;
}
