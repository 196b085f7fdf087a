/**
 * Loaded into every measured process before its program, whoever wrote that: it ends the process with the harness, so
 * that none is left after ctrl-c, and tells the harness how much memory the process holds.
 */
import { setImmediate as turn } from "node:timers/promises";
import { type Memory, memoryQuestion } from "./memory.js";

process.on("disconnect", () => process.exit());
process.on("message", async (message) => {
  if (message === memoryQuestion) process.send?.(await memory());
});
// The program decides how long the process lives: a listener for messages would keep it alive for ever.
process.channel?.unref();

async function memory(): Promise<Memory> {
  // What a finaliser releases is gone only with the next collection.
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, resident: rss };
}
