import { devNull } from "node:os";
import { expect } from "chai";
import { bare } from "../../bench/implementations/bare.js";
import { bridge, mapped, middleware } from "../../bench/implementations/bridge.js";
import { http2 } from "../../bench/implementations/http2.js";
import { type DownSource, downSources, type Implementation } from "../../bench/implementations/implementation.js";
import { runTask } from "../../bench/implementations/run-task.js";
import { taskOf, type Work } from "../../bench/implementations/task.js";
import { drain } from "../../bench/instruments/drain.js";
import { type Machine, withServer } from "../../bench/measure/pair.js";
import { serverOf } from "../../bench/measure/subject.js";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";

const machine: Machine = { pinning: { pinned: false, why: "" }, signal: new AbortController().signal };

/** A little of each kind of work, and the number of its messages. */
const tasks: readonly (readonly [Work, number])[] = [
  [{ work: "unary", count: 10, inFlight: 4 }, 10],
  [{ work: "down", count: 300, warmup: 10 }, 300],
  [{ work: "up", count: 300 }, 300],
  [{ work: "pingPong", count: 20 }, 20],
  [{ work: "downBatched", count: 250, batchSize: 100 }, 250],
  [{ work: "upBatched", count: 250, batchSize: 100 }, 250],
  [{ work: "fanOut", count: 100, warmup: 70, members: 6, connections: 2 }, 600],
  [{ work: "unarySteadily", count: 10, perSecond: 2000 }, 10],
  [{ work: "fanOutSteadily", count: 10, perSecond: 2000, members: 3 }, 30],
];

/** Serves until the end of the test, without a log. @returns the address */
async function served(implementation: Implementation, source: DownSource): Promise<string> {
  const { port, close } = await implementation.serve(source, devNull);
  afterTheTest(() => close?.());
  return `127.0.0.1:${port}`;
}

describe("what is compared", () => {
  for (const [name, implementation] of Object.entries({ bare, bridge, middleware, mapped, http2 })) {
    it(`does all of the work: ${name}`, async () => {
      const address = await served(implementation, "generator");
      for (const [work, messages] of tasks) {
        const measured = await runTask(implementation, address, taskOf(work));
        expect(measured.messages, work.work).to.equal(messages);
        expect(measured.elapsedNs, work.work).to.be.greaterThan(0);
        if (work.work.endsWith("Steadily")) expect(measured.latencyMs?.p99, work.work).to.be.greaterThan(0);
      }
    });
  }

  it("sends the same from each kind of source, to a client that only reads bytes", async () => {
    // The tasks above use the generator.
    for (const source of downSources.filter((each) => each !== "generator")) {
      const task = { count: 2_500, warmup: 10, perCall: 1_000, inFlight: 2, bytes: 34 };
      expect((await drain(await served(bridge, source), task)).messages, source).to.equal(2_500);
    }
  });

  it("shows the output of a process that ended without an answer", async () => {
    const server = serverOf("unknown");
    const failure = await withServer(server, machine, async () => undefined).catch((error: unknown) => String(error));
    expect(failure).to.contain("there is no server unknown");
  });
});
