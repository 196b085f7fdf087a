import { onUnexpectedError, type UnexpectedError } from "quartet-bridge";
import { afterTheTest, gate } from "./loopback.js";

const expected: string[] = [];
let seen: string[] = [];
let stopListening = () => {};

/** This test provokes an unexpected error whose text has `part` in it, which is then no failure of the test. */
export function expectUnexpected(part: string): void {
  expected.push(part);
}

/**
 * The unexpected errors from now on to the end of the test, and a promise of the first. Those with `part` in their text
 * are no failure of the test.
 */
export function loggedErrors(part?: string) {
  if (part !== undefined) expectUnexpected(part);
  const [events, first] = [[] as UnexpectedError[], gate()];
  afterTheTest(
    onUnexpectedError((event) => {
      events.push(event);
      first.open();
    }),
  );
  return { events, first: first.opened };
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

/** What the process emits from now on to the end of the test: its warnings, or its uncaught exceptions. */
export function emitted(event: "warning" | "uncaughtException"): Error[] {
  const errors: Error[] = [];
  const listener = (error: Error) => errors.push(error);
  process.on(event as "warning", listener);
  afterTheTest(() => process.off(event, listener));
  return errors;
}
