import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, violationsOf } from "quartet-bridge";
import { NEVER } from "rxjs";
import { StatisticsService, type SummarizeResponse } from "#gen/quartet/statistics/v1/statistics.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { random, seed } from "../../bridge/test/harness/random.js";
import { summarize } from "../../src/client-streaming/raw.js";
import { statistics } from "../../src/client-streaming/statistics.js";
import { failure, handwritten, host, maxMessageBytes } from "../../src/host/index.js";
import { watchedCalls } from "../watched-calls.js";

// README.md shows both forms: they keep the same rules.
const forms = {
  bridged: statistics,
  raw: handwritten(StatisticsService, { summarize: summarize((error) => expect.fail(String(error))) }),
};

const nothing: SummarizeResponse = {
  count: 0,
  min: undefined,
  max: undefined,
  mean: undefined,
  standardDeviation: undefined,
};

for (const [form, service] of Object.entries(forms)) {
  describe(`Statistics.Summarize, ${form}`, () => {
    async function open() {
      const watched = watchedCalls();
      const { client } = await loopback(host([service], { interceptors: [watched.interceptor] }));
      return { ...watched, ...caller(StatisticsService, client) };
    }

    const messagesOf = (batches: readonly number[][]) => batches.map((values) => ({ values }));

    it("answers with count, least, greatest, mean and sample standard deviation; what is undefined is absent", async () => {
      const { summarize } = await open();
      const deviation = { standardDeviation: Math.sqrt(32 / 7) };
      for (const [batches, expected] of [
        [
          [
            [2, 4, 4, 4],
            [5, 5, 7, 9],
          ],
          { count: 8, min: 2, max: 9, mean: 5, ...deviation },
        ],
        [[], nothing],
        [[[], [], []], nothing],
        [[[-3]], { ...nothing, count: 1, min: -3, max: -3, mean: -3 }],
        // 0 is not the same as absent.
        [[[0, 0]], { count: 2, min: 0, max: 0, mean: 0, standardDeviation: 0 }],
      ] as [number[][], SummarizeResponse][])
        expect(await summarize(messagesOf(batches))).to.deep.equal(expected);
    });

    it(`answers the same however the numbers are cut into messages (SEED=${seed})`, async () => {
      const chance = random(seed);
      const { summarize } = await open();
      const values = Array.from({ length: 2000 }, () => 1e6 + chance());
      const whole = await summarize([{ values }]);
      for (let round = 0; round < 20; round += 1) {
        const most = 10 + Math.trunc(chance() * 300);
        const batches: number[][] = [];
        for (let from = 0; from < values.length; ) {
          const to = from + Math.trunc(chance() * (most + 1));
          batches.push(values.slice(from, to));
          from = to;
        }
        expect(await summarize(messagesOf(batches))).to.deep.equal(whole);
      }
    });

    it("refuses what is not a finite number, with its position in the whole stream", async () => {
      const { summarize } = await open();
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const batches = [[1, 2, 3], [], [4, 5], [6, value, Number.NaN]];
        const error = await failure(status.INVALID_ARGUMENT, summarize(messagesOf(batches)));
        expect(error.details).to.equal("values[6]: must be a finite number, not a NaN or an infinity");
        // Only the bridge writes the violation into the trailers.
        expect(violationsOf(error).map(({ field }) => field)).to.deep.equal(form === "bridged" ? ["values[6]"] : []);
      }
    });

    it("refuses at once, while the client has not half-closed", async () => {
      const { summarize, calls } = await open();
      async function* requests() {
        yield { values: [Number.NaN] };
        await new Promise(() => {});
      }
      await failure(status.INVALID_ARGUMENT, summarize(requests()));
      await calls[0]?.over.opened;
      expect(calls[0]?.halfClosed).to.equal(false);
    });

    it("does not take a cancelled stream for a complete one", async () => {
      const { summarize, next } = await open();
      const begun = next();
      const call = summarize.observe(NEVER).subscribe();
      const { headers, over, statuses } = await begun;
      await headers.opened;
      call.unsubscribe();
      await over.opened;
      expect(statuses).to.deep.equal([]);
    });

    it("takes 524,000 numbers in a message, as the contract says, and refuses a message above the limit", async () => {
      const { summarize } = await open();
      const values = new Array<number>(maxMessageBytes / 8).fill(1);
      await failure(status.RESOURCE_EXHAUSTED, summarize([{ values }]));
      expect((await summarize([{ values: values.slice(0, 524_000) }])).count).to.equal(524_000);
    });
  });
}
