/**
 * How long nothing may happen before a test is taken for stuck, in milliseconds. It is there for silence, not for a busy
 * machine: it paces nothing. Where a law is broken on purpose silence is to be expected, and must not last so long.
 */
export const patienceMs = process.env.LAWS === "least" ? 10_000 : 120_000;
