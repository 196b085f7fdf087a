import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, violationsOf } from "quartet-bridge";
import { NEVER } from "rxjs";
import { StatisticsService, type SummarizeResponse } from "#gen/quartet/statistics/v1/statistics.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { random, seed } from "../../bridge/test/harness/random.js";
import { summarize } from "../../src/client-streaming/raw.js";
import { statistics } from "../../src/client-streaming/statistics.js";
import { handwritten, host, maxMessageBytes } from "../../src/host/index.js";
import { failureOf } from "./failure-of.js";
import { witness } from "./witness.js";

const forms = [
  { form: "bridged", service: statistics },
  {
    form: "raw",
    service: handwritten(StatisticsService, { summarize: summarize((error) => expect.fail(String(error))) }),
  },
];

for (const { form, service } of forms) {
  describe(`Statistics.Summarize, ${form}`, () => {
    async function open() {
      const seen = witness();
      const hosting = host([service], { interceptors: [seen.interceptor] });
      const { client } = await loopback(hosting);
      return { seen, calls: caller(StatisticsService, client) };
    }

    async function summaryOf(...batches: number[][]): Promise<SummarizeResponse> {
      const { calls } = await open();
      return calls.summarize(batches.map((values) => ({ values })));
    }

    it("answers with count, least, greatest, mean and sample standard deviation", async () => {
      expect(await summaryOf([2, 4, 4, 4], [5, 5, 7, 9])).to.deep.equal({
        count: 8,
        min: 2,
        max: 9,
        mean: 5,
        standardDeviation: Math.sqrt(32 / 7),
      });
    });

    const nothing = { count: 0, min: undefined, max: undefined, mean: undefined, standardDeviation: undefined };

    it("answers an empty stream with count 0 and nothing else", async () => {
      expect(await summaryOf()).to.deep.equal(nothing);
    });

    it("answers messages without numbers with count 0 and nothing else", async () => {
      expect(await summaryOf([], [], [])).to.deep.equal(nothing);
    });

    it("answers one number without a deviation", async () => {
      expect(await summaryOf([-3])).to.deep.equal({
        count: 1,
        min: -3,
        max: -3,
        mean: -3,
        standardDeviation: undefined,
      });
    });

    it("says 0 where something is 0, which is not the same as absent", async () => {
      expect(await summaryOf([0, 0])).to.deep.equal({ count: 2, min: 0, max: 0, mean: 0, standardDeviation: 0 });
    });

    it("says that a deviation is infinite", async () => {
      const { mean, standardDeviation } = await summaryOf([-1.7e308, 1.7e308]);
      expect([mean, standardDeviation]).to.deep.equal([0, Number.POSITIVE_INFINITY]);
    });

    it(`answers the same however the numbers are cut into messages (SEED=${seed})`, async () => {
      const chance = random(seed);
      const { calls } = await open();
      const values = Array.from({ length: 2000 }, () => 1e6 + chance());
      const whole = await calls.summarize([{ values }]);
      for (let round = 0; round < 20; round += 1) {
        const most = 10 + Math.trunc(chance() * 300);
        const batches: { values: number[] }[] = [];
        for (let from = 0; from < values.length; ) {
          const to = from + Math.trunc(chance() * (most + 1));
          batches.push({ values: values.slice(from, to) });
          from = to;
        }
        expect(await calls.summarize(batches)).to.deep.equal(whole);
      }
    });

    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      it(`refuses ${value} with its position in the whole stream`, async () => {
        const { calls } = await open();
        const batches = [[1, 2, 3], [], [4, 5], [6, value, Number.NaN]];
        const error = await failureOf(calls.summarize(batches.map((values) => ({ values }))));
        expect(error).to.be.instanceOf(CallError).with.property("code", status.INVALID_ARGUMENT);
        const details = "values[6]: must be a finite number, not a NaN or an infinity";
        expect(error).to.have.property("details", details);
        // Only the bridge writes the violation into the trailers.
        expect(violationsOf(error).map(({ field }) => field)).to.deep.equal(form === "bridged" ? ["values[6]"] : []);
      });
    }

    it("refuses at once, while the client has not half-closed", async () => {
      const { calls, seen } = await open();
      const answered = failureOf(
        calls.summarize(
          (async function* () {
            yield { values: [Number.NaN] };
            yield* neverMore;
          })(),
        ),
      );
      expect(await answered)
        .to.have.property("details")
        .that.matches(/^values\[0\]: /);
      let halfClosed = false;
      void seen.calls[0]?.halfClosed.opened.then(() => {
        halfClosed = true;
      });
      await seen.calls[0]?.over.opened;
      expect(halfClosed).to.equal(false);
    });

    it("takes no cancelled stream for a complete one", async () => {
      const { calls, seen } = await open();
      const begun = seen.next();
      const call = calls.summarize.observe(NEVER).subscribe();
      const { headers, over } = await begun;
      await headers.opened;
      call.unsubscribe();
      expect(await over.opened).to.equal(undefined);
    });

    it("ends a call RESOURCE_EXHAUSTED whose message is too large, and goes on serving", async () => {
      const { calls } = await open();
      const values = new Array<number>(maxMessageBytes / 8).fill(1);
      const error = await failureOf(calls.summarize([{ values }]));
      expect(error).to.be.instanceOf(CallError).with.property("code", status.RESOURCE_EXHAUSTED);
      // 524,000 of them are below the limit, as the contract says.
      expect((await calls.summarize([{ values: values.slice(0, 524_000) }])).count).to.equal(524_000);
    });

    it("keeps serving other calls while one waits for its next message", async () => {
      const { calls } = await open();
      const more = gate<{ values: number[] }>();
      const slow = calls.summarize(
        (async function* () {
          yield { values: [1] };
          yield await more.opened;
        })(),
      );
      expect((await calls.summarize([{ values: [10, 20] }])).mean).to.equal(15);
      more.open({ values: [3] });
      expect((await slow).mean).to.equal(2);
    });
  });
}

/** A source that waits for ever at its first step, until it is returned. */
const neverMore: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
};
