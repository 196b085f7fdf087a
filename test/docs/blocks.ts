import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the project, with a slash at its end. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A fenced code block of a Markdown page. */
export interface Block {
  /** The first word after the fence: `ts`, `sh`, `text`. */
  readonly language: string;
  /** The other words: `file=server.ts` is `file` -> "server.ts", a bare `server` is `server` -> "". */
  readonly marks: ReadonlyMap<string, string>;
  /** The text between the fences, with its last newline. */
  readonly text: string;
}

/** The fenced blocks of a page in their order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\S+)([^\n]*)\n(.*?)^```$/gms)].map(([, language = "", words = "", text = ""]) => ({
    language,
    text,
    marks: new Map(
      words
        .split(" ")
        .filter((word) => word !== "")
        .map((word): [string, string] => {
          const [name = "", value = ""] = word.split("=", 2);
          return [name, value];
        }),
    ),
  }));
}

/** A file of the project, by its path from the root. */
export function read(path: string): string {
  return readFileSync(root + path, "utf8");
}

/** The text of the one block of a page that carries `mark`. */
export function markedBlock(page: string, mark: string): string {
  const [found, ...more] = blocksOf(read(page)).filter(({ marks }) => marks.has(mark));
  if (found === undefined || more.length > 0) throw new Error(`${page} has not one block that is marked ${mark}`);
  return found.text;
}
