/**
 * After this many milliseconds without an event a test is stuck. It is for silence, not for a slow machine, and paces
 * nothing. If a law is broken on purpose, silence is likely, and must not last so long.
 */
export const patienceMs = process.env.LAWS === "least" ? 10_000 : 120_000;
