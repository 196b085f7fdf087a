import type { MergedCall } from "../merge/merge.js";
import type { Side } from "../record/event.js";
import { type FoldedRow, fold } from "./fold.js";
import { type RowOptions, rowsOf } from "./rows.js";

export interface MermaidOptions extends RowOptions {
  /** The most rows, folded as in the terminal; 40 by default. */
  readonly maxRows?: number;
}

/** The diagram as Mermaid text, for a README or an issue. It ends with a newline. */
export function toMermaid(call: MergedCall, options: MermaidOptions = {}): string {
  const rows = fold(rowsOf(call, options), Math.max(4, options.maxRows ?? 40));
  const name = (side: Side) => (call.sides.has(side) || call.unsent ? side : `${side} (not recorded)`);
  const participants = (["client", "server"] as const).map((side) => `participant ${side} as ${name(side)}`);
  return ["sequenceDiagram", ...[...participants, ...rows.map(statement)].map((line) => `    ${line}`), ""].join("\n");
}

function statement(row: FoldedRow): string {
  const text = escapeMermaid(row.text);
  if (row.shape === "fold" || row.shape === "gap") return `Note over client,server: ${text}`;
  const [from, to] = row.from === "client" ? ["client", "server"] : ["server", "client"];
  // Requests are solid and responses dashed, as in UML.
  const line = row.from === "client" ? "-" : "--";
  switch (row.shape) {
    case "arrow":
      return `${from}${line}>>${to}: ${text}`;
    case "lost":
      return `${from}${line}x${to}: ${text}`;
    // Mermaid draws only level arrows. A message that takes long becomes two notes.
    case "departs":
      return `Note over ${from}: ${text} leaves`;
    case "arrives":
      return `Note over ${to}: ${text} arrives`;
    case "unsent":
      return `Note over ${from}: ${text} was not sent`;
    case "local":
      return `Note over ${from}: ${text}`;
  }
}

/**
 * Text that Mermaid shows as it is. Unescaped, a semicolon or a newline ends the statement, `#` begins an entity, `%%`
 * a comment, `<` markup, `$$` a formula, a backslash may become a line break, and a leading `wrap:` is an instruction.
 */
export function escapeMermaid(text: string): string {
  return text
    .replace(/[#;<>"'%$\\&{}\p{Cc}]/gu, (found) => `#${found.codePointAt(0)};`)
    .replace(/^\s*(?=(?:no)?wrap:)/i, "#8203;");
}
