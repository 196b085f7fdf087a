import { mock } from "node:test";
import { afterTheTest } from "./loopback.js";

/**
 * Stops the clock of this process, for both sides of its calls, until the test has ended. A deadline then passes when
 * the test says so, and not before a slow machine has begun the call.
 */
export function stopClock(): { pass(milliseconds: number): void } {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  afterTheTest(() => mock.timers.reset());
  return { pass: (milliseconds) => mock.timers.tick(milliseconds) };
}
