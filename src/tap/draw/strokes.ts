/** The characters of a diagram. Each is one column wide, except `dotted` and `ellipsis`. */
export interface Strokes {
  readonly lifeline: string;
  /** The lifeline of a side that has no recording. */
  readonly absent: string;
  /** Both lifelines where rows are folded. */
  readonly folded: string;
  readonly line: string;
  /** A message that left above, or arrives below. */
  readonly dotted: string;
  readonly toRight: string;
  readonly toLeft: string;
  readonly lost: string;
  /** The client's lifeline where a message leaves and arrives later. */
  readonly leavesClient: string;
  /** The same for the server's lifeline. */
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

/** The tap's own signs get a plain form. Other characters come from messages, and are escaped. */
export function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (found) => plain[found] ?? `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}
