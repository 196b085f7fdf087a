/** A fenced code block of a Markdown page. */
export interface Block {
  /** The first word after the fence: `ts`, `sh`, `text`. */
  readonly language: string;
  /** The other words: `file=server.ts` is `file` -> "server.ts", a bare `server` is `server` -> "". */
  readonly marks: ReadonlyMap<string, string>;
  /** What stands between the fences, with its last newline. */
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
