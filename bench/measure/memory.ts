import { setImmediate as turn } from "node:timers/promises";

/** What this process holds after a garbage collection. The process was started with `--expose-gc`. */
export async function collected(): Promise<NodeJS.MemoryUsage> {
  // What a finalizer releases is only freed by the next collection.
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage();
}
