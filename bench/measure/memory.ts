import { setImmediate as turn } from "node:timers/promises";

/** What the harness asks of a measured process, which answers with the bytes that it holds: JavaScript's heap and buffers. */
export const memoryQuestion = "memory";

/** What this process holds after a collection; it was started with `--expose-gc`. */
export async function collected(): Promise<NodeJS.MemoryUsage> {
  // What a finaliser releases is gone only with the next collection.
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage();
}
