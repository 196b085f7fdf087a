import { onUnexpectedError } from "quartet-bridge";

const expected: string[] = [];
let seen: string[] = [];
let stopListening = () => {};

/** This test provokes an unexpected error whose text has `part` in it, which is then no failure of the test. */
export function expectUnexpected(part: string): void {
  expected.push(part);
}

/** Begins to record what handlers throw that was not meant for the wire; called by the root hooks. */
export function recordUnexpected(): void {
  seen = [];
  stopListening = onUnexpectedError(({ path, error }) => seen.push(`${path}: ${textOf(error)}`));
}

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "an error that cannot be shown";
  }
}

/** Ends it, and returns what no test expected. */
export function unexpectedErrors(): string[] {
  stopListening();
  const parts = expected.splice(0);
  return seen.filter((line) => !parts.some((part) => line.includes(part)));
}
