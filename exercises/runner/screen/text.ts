import pc from "picocolors";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/** The colors of a screen's parts. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  /** For what is not done yet. Amber instead of red, because a try is not a fault. */
  readonly yet: (text: string) => string;
}

const same = (text: string) => text;

/** No colors: each function returns its text. */
export const plain: Paint = { strong: same, faint: same, good: same, yet: same };

/** The colors of stdout. picocolors takes CI in the environment for a terminal, but a pipe is not one. */
export const paint: Paint =
  process.stdout.isTTY && pc.isColorSupported
    ? { strong: pc.bold, faint: pc.dim, good: pc.green, yet: pc.yellow }
    : plain;

/** How wide the text on stdout is, in columns. */
export const width = (): number => Math.min(process.stdout.columns ?? 80, 100);

/** Prints lines on stdout. */
export function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

/**
 * Fills words into lines of at most `width` columns. `rest` stands before each line, and `first` before the first one
 * instead. A word that is too long has a line of its own.
 */
export function fill(text: string, width: number, rest = "", first = rest): string[] {
  const words = text.trim().replaceAll(/\s+/g, " ");
  const lines = wrapAnsi(words, Math.max(1, width - stringWidth(rest))).split("\n");
  return lines.map((line, row) => (row === 0 ? first : rest) + line);
}

/** Puts keys into lines. Each key stays beside its description. */
export function keyLines(keys: readonly string[], width: number): string[] {
  const unbroken = keys.map((key) => key.replaceAll(" ", "\u00a0")).join("   ");
  return wrapAnsi(unbroken, width).replaceAll("\u00a0", " ").split("\n");
}

/** Texts beside each other, each padded to its column's width. */
export function columns(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell))))
    .join("   ")
    .trimEnd();
}

/** The width of the widest text, in columns. */
export function widest(texts: readonly string[], atLeast = 0): number {
  return Math.max(atLeast, ...texts.map((text) => stringWidth(text)));
}
