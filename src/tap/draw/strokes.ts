/** The characters that a diagram is drawn with, each one column wide but `dotted` and `ellipsis`. */
export interface Strokes {
  readonly lifeline: string;
  /** The lifeline of a side that has no recording. */
  readonly absent: string;
  /** Both lifelines, where rows are folded away. */
  readonly folded: string;
  readonly line: string;
  /** Where a message is on its way: it left above, or arrives below. */
  readonly dotted: string;
  readonly toRight: string;
  readonly toLeft: string;
  readonly lost: string;
  /** The client's lifeline where a message leaves it to arrive later. */
  readonly leavesClient: string;
  /** The server's, for the same. */
  readonly leavesServer: string;
  readonly dot: string;
  readonly ellipsis: string;
}

export const unicode: Strokes = {
  lifeline: "│",
  absent: "┊",
  folded: "⋮",
  line: "─",
  dotted: "╌╌╌",
  toRight: "▶",
  toLeft: "◀",
  lost: "✕",
  leavesClient: "├",
  leavesServer: "┤",
  dot: "·",
  ellipsis: "…",
};

export const ascii: Strokes = {
  lifeline: "|",
  absent: ":",
  folded: ":",
  line: "-",
  dotted: ". .",
  toRight: ">",
  toLeft: "<",
  lost: "x",
  leavesClient: "+",
  leavesServer: "+",
  dot: "-",
  ellipsis: "...",
};

const plain: Readonly<Record<string, string>> = { "…": "...", "✕": "x", "·": "-" };

/** The signs of the tap get a plain form. Other characters come from messages, and are escaped. */
export function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (found) => plain[found] ?? `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}
