import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { types } from "../harness/each-type.js";
import { afterTheTest } from "../harness/loopback.js";
import type { Inventory } from "./many-calls.js";
import { law, runs } from "./proof/law.js";

/** Runs many-calls.ts until it ends. `progressed` gets the strings in which it reports its progress. */
async function manyCalls(args: readonly string[], progressed: (how: string) => void) {
  const path = fileURLToPath(new URL("many-calls.js", import.meta.url));
  const child = fork(path, args, { execArgv: ["--expose-gc"], stdio: ["ignore", "ignore", "pipe", "ipc"] });
  afterTheTest(() => child.kill("SIGKILL"));
  const said: Inventory[] = [];
  child.on("message", (message: string | Inventory) => {
    if (typeof message === "string") progressed(message);
    else said.push(message);
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = await once(child, "close");
  return { code, said, stderr };
}

law("L17", "10,000 calls with every kind of end leave no listener and no memory", ({ ran, figure, event }) => {
  for (const type of types) {
    // A few calls show nothing on the heap.
    const times = Math.max(100, runs(10_000));
    it(`${type}: ${times} calls`, async () => {
      const args = [type, String(times), String(Math.max(50, runs(5000)))];
      const { code, said, stderr } = await manyCalls(args, event);
      expect([code, stderr]).to.deep.equal([0, ""]);
      const [before, after] = said;
      if (!before || !after) throw new Error("the program said nothing");
      ran(times);
      figure("listeners left", after.listeners - before.listeners, 0, type);
      figure("sockets, timers and others left", after.resources - before.resources, 0, type);
      figure("calls still reachable", after.calls, 0, type);
      figure("growth of the heap in %", (100 * (after.heap - before.heap)) / before.heap, 10, type);
    });
  }
});
