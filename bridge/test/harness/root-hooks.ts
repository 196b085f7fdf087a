import { hasSubscribers } from "node:diagnostics_channel";
import { beyond } from "../../../exercises/harness/process-watch.js";
import { closeAll } from "./loopback.js";
import { patienceMs } from "./patience.js";
import { recordUnexpected, unexpectedErrors } from "./unexpected-errors.js";

/** What keeps a process alive or was left on it. Unreferenced timers do neither and are not counted. */
function leftovers(): string[] {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "exit", "unhandledRejection", "uncaughtException"];
  return [
    ...process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate" && kind !== "CloseReq"),
    ...signals.flatMap((event) => process.listeners(event as NodeJS.Signals).map(() => `listener for ${event}`)),
    ...(hasSubscribers("quartet.bridge.stalled-peer") ? ["subscriber to stalled peers"] : []),
  ].sort();
}

let before: string[] = [];

/**
 * What promises rejected with that nobody handles, each once: mocha, which keeps them from ending the process and fails
 * no test for them, emits them a second time.
 */
const unhandled = new Map<Promise<unknown>, unknown>();

function recordUnhandled(reason: unknown, promise: Promise<unknown>): void {
  unhandled.set(promise, reason);
}

/**
 * Round every test: what it opened is closed, and then nothing of it may be left, be it a socket, a timer, a process, a
 * listener or a rejection. The watchdog is for a leak, which shows as no change for ever; it paces nothing.
 */
export const mochaHooks = {
  async beforeEach() {
    recordUnexpected();
    process.on("unhandledRejection", recordUnhandled);
    // mocha's own timer for this hook begins only after its first `await`; it is there in `afterEach` too, and so
    // cancels out.
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
      if (performance.now() > giveUpAt) throw new Error(`the test left behind: ${left.join(", ")}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.off("unhandledRejection", recordUnhandled);
    const rejections = [...unhandled.values()];
    unhandled.clear();
    const errors = unexpectedErrors();
    if (rejections.length > 0) throw new Error(`rejections that nobody handles: ${rejections.join("; ")}`);
    if (errors.length > 0) throw new Error(`errors that reached no test: ${errors.join("; ")}`);
  },
};
