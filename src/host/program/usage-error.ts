/**
 * The program was started wrongly: its message says what was wrong and what to do, in one line.
 * A program that ends with it prints that line on stderr and exits 64 (EX_USAGE of sysexits.h).
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Exit code for wrong usage, from sysexits.h. */
export const EX_USAGE = 64;
