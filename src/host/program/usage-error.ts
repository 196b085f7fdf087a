/**
 * The program was started wrongly. The message says in one line what was wrong and what to do. The program prints it on
 * stderr and exits with 64 (EX_USAGE of sysexits.h).
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Exit code for wrong usage, from sysexits.h. */
export const EX_USAGE = 64;
