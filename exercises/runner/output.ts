import pc from "picocolors";
import { type Paint, plain } from "./screen.js";

// picocolors takes CI in the environment for a terminal; a pipe is none.
const isColoured = process.stdout.isTTY && pc.isColorSupported;

/** The colours of what a command prints. */
export const paint: Paint = isColoured ? { strong: pc.bold, faint: pc.dim, good: pc.green, yet: pc.yellow } : plain;

/** How wide it may be, in columns. */
export const width = (): number => Math.min(process.stdout.columns ?? 80, 100);

/** A line on stdout. */
export function say(line: string): void {
  console.log(line);
}
