import pc from "picocolors";

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

/** The colors of stdout. picocolors takes CI in the environment for a terminal, but a pipe is none. */
export const paint: Paint =
  process.stdout.isTTY && pc.isColorSupported
    ? { strong: pc.bold, faint: pc.dim, good: pc.green, yet: pc.yellow }
    : plain;
