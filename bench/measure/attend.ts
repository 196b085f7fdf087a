/**
 * Loaded into every measured process before its program. It ends the process with the harness, so that ctrl-c leaves
 * none, and tells the harness how much memory the process holds.
 */
import { collected, memoryQuestion } from "./memory.js";

process.on("disconnect", () => process.exit());
process.on("message", async (message) => {
  if (message !== memoryQuestion) return;
  const { heapUsed, external } = await collected();
  process.send?.(heapUsed + external);
});
// The program decides how long the process lives: a listener for messages would keep it alive forever.
process.channel?.unref();
