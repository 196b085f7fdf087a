import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, violationsOf } from "quartet-bridge";
import { reportUnexpected } from "#bridge/errors/diagnostics.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { mostAhead, mostAheadOfServer } from "../../bridge/test/harness/buffers-on-the-way.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { untilItEnds } from "../../bridge/test/harness/probe.js";
import { expectUnexpected } from "../../bridge/test/harness/unexpected-errors.js";
import { handwritten, host } from "../../src/host/index.js";
import type { Metrics } from "../../src/server-streaming/host-metrics/metrics.js";
import { replay } from "../../src/server-streaming/raw.js";
import { knownMetrics } from "../../src/server-streaming/requests.js";
import { vitals } from "../../src/server-streaming/vitals.js";
import { type CountedMetrics, countedMetrics } from "./counted-metrics.js";

// A round has more bytes than this. A small number here allows for more rounds on the way.
const roundBytes = 50;

const forms = {
  bridged: {
    serviceOf: (metrics: Metrics) => vitals(new AbortController().signal, { metrics }),
    onTheWay: mostAheadOfServer(roundBytes),
  },
  // README.md shows both forms: they keep the same rules.
  raw: {
    serviceOf(metrics: Metrics) {
      const log = (error: unknown) => reportUnexpected({ path: "raw", error });
      return handwritten(VitalsService, { replay: replay(metrics, log) });
    },
    onTheWay: mostAhead(roundBytes),
  },
};

for (const [name, { serviceOf, onTheWay }] of Object.entries(forms)) {
  describe(`Vitals.Replay, ${name}`, () => {
    async function open(metrics: CountedMetrics) {
      const { client } = await loopback(host([serviceOf(metrics)]));
      return { vitals: caller(VitalsService, client) };
    }

    it("sends as many rounds as were asked for, numbered from 1, and ends OK", async () => {
      const metrics = countedMetrics();
      const { messages, error } = await untilItEnds((await open(metrics)).vitals.replay({ count: 3 }));
      expect(error).to.equal(undefined);
      expect(messages.map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
      expect(messages.map(({ measuredAt }) => measuredAt?.getTime())).to.deep.equal([
        1_700_000_000_001, 1_700_000_000_002, 1_700_000_000_003,
      ]);
      expect(messages[0]?.readings.map(({ metric }) => metric)).to.deep.equal(knownMetrics);
      await metrics.idle;
    });

    it("sends 5,000 rounds for a count of 0", async () => {
      const { messages } = await untilItEnds((await open(countedMetrics())).vitals.replay({ count: 0 }));
      expect(messages.at(-1)?.sequence).to.equal(5_000);
      expect(messages).to.have.length(5_000);
    });

    it("refuses more than 1,000,000 rounds, and measures nothing for them", async () => {
      const metrics = countedMetrics();
      const { messages, error } = await untilItEnds((await open(metrics)).vitals.replay({ count: 1_000_001 }));
      expect(messages).to.deep.equal([]);
      expect(error?.code).to.equal(status.INVALID_ARGUMENT);
      expect(error?.details).to.equal("count: must be at most 1000000");
      // Only the bridge writes the violation into the trailers.
      expect(violationsOf(error).map(({ field }) => field)).to.deep.equal(name === "bridged" ? ["count"] : []);
      expect(metrics.started).to.equal(0);
    });

    it("measures ahead of its reader only as much as the buffers between hold", async () => {
      const metrics = countedMetrics();
      const rounds = (await open(metrics)).vitals.replay({ count: 1_000_000 });
      let furthest = 0;
      let read = 0;
      for await (const { sequence } of rounds) {
        read += 1;
        expect(sequence).to.equal(read);
        // A turn of the event loop per message: time enough for a server that does not wait to run away.
        await new Promise((resolve) => setImmediate(resolve));
        furthest = Math.max(furthest, metrics.measured - read);
        if (read === 5_000) break;
      }
      expect(furthest).to.be.within(17, onTheWay);
      await metrics.idle;
    });

    it("stops measuring when the client cancels while it reads nothing", async () => {
      const metrics = countedMetrics();
      const { vitals } = await open(metrics);
      const rounds = vitals.replay({ count: 1_000_000 })[Symbol.asyncIterator]();
      await rounds.next();
      await rounds.return?.();
      await metrics.idle;
      expect(metrics.measured).to.be.at.most(onTheWay);
    });

    it("ends with UNKNOWN and without details when it cannot measure, after the rounds that it had", async () => {
      expectUnexpected("the sensor is on fire");
      const metrics = countedMetrics((measured) => {
        if (measured === 3) throw new Error("the sensor is on fire");
      });
      const { messages, error } = await untilItEnds((await open(metrics)).vitals.replay({ count: 5 }));
      // A status other than OK overtakes messages that the client has not read yet (fact 3).
      expect(messages.map(({ sequence }) => sequence)).to.deep.equal([1, 2].slice(0, messages.length));
      expect(error?.code).to.equal(status.UNKNOWN);
      expect(error?.details).not.to.contain("fire");
      await metrics.idle;
    });
  });
}

describe("Vitals.Replay in a drain", () => {
  it("continues to its end", async () => {
    const hosting = host((draining) => [vitals(draining, { metrics: countedMetrics() })]);
    const { client } = await loopback(hosting);
    const rounds = caller(VitalsService, client).replay({ count: 3_000 })[Symbol.asyncIterator]();
    await rounds.next();
    const drained = hosting.drain(60_000);
    const { messages, error } = await untilItEnds({ [Symbol.asyncIterator]: () => rounds });
    expect(messages.at(-1)?.sequence).to.equal(3_000);
    expect(error).to.equal(undefined);
    expect(await drained).to.equal(0);
  });
});
