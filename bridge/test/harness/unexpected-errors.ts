import { onUnexpectedError, type UnexpectedError } from "quartet-bridge";
import { afterTheTest, gate } from "./loopback.js";

const expected: string[] = [];
let seen: string[] = [];
let stopListening = () => {};

/** Expects an unexpected error whose text contains `part`, so that it does not fail the test. */
export function expectUnexpected(part: string): void {
  expected.push(part);
}

/**
 * Records the unexpected errors from now until the end of the test, and has a promise of the first one. Errors whose
 * text contains `part` do not fail the test.
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

/** Begins to record the unexpected errors of handlers. The root hooks call it. */
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

/** Stops recording, and returns the errors that no test expected. */
export function unexpectedErrors(): string[] {
  stopListening();
  const parts = expected.splice(0);
  return seen.filter((line) => !parts.some((part) => line.includes(part)));
}

/** What the process emits from now until the end of the test: its warnings, or its uncaught exceptions. */
export function emitted(event: "warning" | "uncaughtException"): Error[] {
  const errors: Error[] = [];
  const listener = (error: Error) => errors.push(error);
  process.on(event as "warning", listener);
  afterTheTest(() => process.off(event, listener));
  return errors;
}
