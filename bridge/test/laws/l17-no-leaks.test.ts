import { expect } from "chai";
import { types } from "../harness/each-type.js";
import { runFixture } from "./fixtures/fixture.js";
import type { Inventory } from "./fixtures/many-calls.js";
import { law, runs } from "./proof/law.js";

law("L17", "10,000 calls, ended in every way, leave no listener and no memory behind", ({ ran, figure, event }) => {
  for (const type of types) {
    // The heap of a few calls says nothing.
    const times = Math.max(100, runs(10_000));
    it(`${type}: ${times} calls`, async () => {
      const args = [type, String(times), String(Math.max(50, runs(5000)))];
      const { code, said, stderr } = await runFixture("many-calls", args, event, ["--expose-gc"]);
      expect([code, stderr]).to.deep.equal([0, ""]);
      const [before, after] = said as Inventory[];
      if (!before || !after) throw new Error("the program said nothing");
      ran(times);
      figure("listeners left", after.listeners - before.listeners, 0, type);
      figure("sockets, timers and others left", after.resources - before.resources, 0, type);
      figure("calls still reachable", after.calls, 0, type);
      figure("growth of the heap in %", (100 * (after.heap - before.heap)) / before.heap, 10, type);
    });
  }
});
