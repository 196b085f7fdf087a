import { hasSubscribers } from "node:diagnostics_channel";
import { beyond } from "../../../exercises/harness/process-watch.js";
import { closeAll } from "./loopback.js";
import { patienceMs } from "./patience.js";
import { recordUnexpected, unexpectedErrors } from "./unexpected-errors.js";

/** What keeps the process alive or was left in it. Unreferenced timers do not keep it alive, so they do not count. */
function leftovers(): string[] {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "exit", "unhandledRejection", "uncaughtException"];
  return [
    ...process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate" && kind !== "CloseReq"),
    ...signals.flatMap((event) => process.listeners(event as NodeJS.Signals).map(() => `listener for ${event}`)),
    ...(hasSubscribers("quartet.bridge.stalled-peer") ? ["subscriber to stalled peers"] : []),
  ].sort();
}

let before: string[] = [];

/** Unhandled rejections. By promise, because mocha emits each a second time. It fails no test for them. */
const unhandled = new Map<Promise<unknown>, unknown>();

function recordUnhandled(reason: unknown, promise: Promise<unknown>): void {
  unhandled.set(promise, reason);
}

/**
 * After every test everything that it opened is closed, and nothing may be left: no socket, timer, process, listener or
 * rejection. The watchdog is for a leak, which shows as no change forever. It paces nothing.
 */
export const mochaHooks = {
  async beforeEach() {
    recordUnexpected();
    process.on("unhandledRejection", recordUnhandled);
    // mocha's timer for a hook starts only after its first `await`. It runs in `afterEach` too, so both counts have it.
    await Promise.resolve();
    before = leftovers();
  },

  async afterEach() {
    closeAll();
    await Promise.resolve();
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      const left = beyond(before, leftovers());
      if (left.length === 0) break;
      if (performance.now() > giveUpAt) throw new Error(`the test left: ${left.join(", ")}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.off("unhandledRejection", recordUnhandled);
    const rejections = [...unhandled.values()];
    unhandled.clear();
    const errors = unexpectedErrors();
    if (rejections.length > 0) throw new Error(`unhandled rejections: ${rejections.join("; ")}`);
    if (errors.length > 0) throw new Error(`errors that reached no test: ${errors.join("; ")}`);
  },
};
