import { setImmediate as turn } from "node:timers/promises";
import { ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, detailsOf, type Encoded, violationsOf } from "quartet-bridge";
import { Subject } from "rxjs";
import { Metric, VitalsService, type WatchRequest, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { untilItEnds } from "../../bridge/test/harness/probe.js";
import { emitted, expectUnexpected } from "../../bridge/test/harness/unexpected-errors.js";
import { host } from "../../src/host/index.js";
import { knownMetrics } from "../../src/server-streaming/requests.js";
import { vitals } from "../../src/server-streaming/vitals.js";
import { countedMetrics } from "./counted-metrics.js";

const everything: WatchRequest = { metrics: [], intervalMs: 0 };
type Rounds = AsyncIterator<WatchResponse, unknown>;

/** A server that measures when the test says so. */
async function open({ interceptors = [], fail }: { interceptors?: ServerInterceptor[]; fail?: () => void } = {}) {
  const metrics = countedMetrics(fail);
  const ticks = new Subject<void>();
  const hosting = host((draining) => [vitals(draining, { metrics, ticks })], { interceptors });
  const { client } = await loopback(hosting);
  const calls = caller(VitalsService, client);

  /** One round per turn of the event loop, so that each can be sent before the next one is measured. */
  async function measure(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      ticks.next();
      await turn();
    }
  }

  /** The next message. Rounds are measured until it arrives: a call that is on its way to the server misses some. */
  async function next(rounds: Rounds): Promise<WatchResponse> {
    let pending = true;
    const message = rounds.next().finally(() => (pending = false));
    while (pending) await measure(1);
    return (await message).value as WatchResponse;
  }

  const watch = (request: Partial<WatchRequest> = {}): Rounds =>
    calls.watch({ ...everything, ...request })[Symbol.asyncIterator]();
  return { metrics, hosting, calls, measure, next, watch };
}

/** Keeps what the server sends in `sent`. */
function recording(sent: Encoded<WatchResponse>[]): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      sendMessage: (message, pass) => {
        sent.push(message);
        pass(message);
      },
    });
}

const sequenceOf = (message: WatchResponse) => message.cursor?.sequence ?? Number.NaN;

/** Expects that each missing round is counted as replaced. */
function expectContiguous(messages: readonly WatchResponse[]): void {
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    if (before) expect(sequenceOf(message)).to.equal(sequenceOf(before) + message.replaced + 1);
  }
}

describe("Vitals.Watch", () => {
  it("sends each round to a reader that keeps up, with nothing replaced", async () => {
    const { watch, next } = await open();
    const rounds = watch();
    const messages: WatchResponse[] = [];
    while (messages.length < 5) messages.push(await next(rounds));
    expect(messages.map(({ replaced }) => replaced)).to.deep.equal([0, 0, 0, 0, 0]);
    expectContiguous(messages);
    expect(new Set(messages.map(({ cursor }) => cursor?.epoch)).size).to.equal(1);
    expect(messages[0]?.cursor?.epoch).not.to.equal("");
    await rounds.return?.();
  });

  it("begins with 0 replaced, also after many earlier rounds", async () => {
    const { watch, next, measure } = await open();
    const early = watch();
    await next(early);
    await measure(10);
    const late = watch();
    const first = await next(late);
    expect(first.replaced).to.equal(0);
    expect(sequenceOf(first)).to.be.greaterThan(10);
    await Promise.all([early.return?.(), late.return?.()]);
  });

  it("measures once for all watchers, begins with the first, and stops with the last", async () => {
    const { watch, next, metrics } = await open();
    const [one, two] = [watch(), watch()];
    const [a, b] = await Promise.all([next(one), next(two)]);
    expect(metrics.started).to.equal(1);
    expect(a.cursor?.epoch).to.equal(b.cursor?.epoch);
    expect(metrics.measured).to.be.at.least(Math.max(sequenceOf(a), sequenceOf(b)));
    await one.return?.();
    await next(two);
    expect(metrics.active).to.equal(1);
    await two.return?.();
    await metrics.idle;
  });

  it("continues its numbers when watchers return", async () => {
    const { watch, next, metrics } = await open();
    const before = watch();
    const last = await next(before);
    await before.return?.();
    await metrics.idle;
    const measured = metrics.measured;
    const after = watch();
    const first = await next(after);
    expect(metrics.started).to.equal(2);
    expect(first.cursor?.epoch).to.equal(last.cursor?.epoch);
    expect(sequenceOf(first)).to.be.greaterThan(measured);
    await after.return?.();
  });

  it("stops measuring when a watcher leaves while no round comes", async () => {
    const { watch, next, metrics } = await open();
    const rounds = watch();
    await next(rounds);
    const silent = rounds.next();
    await rounds.return?.();
    await metrics.idle;
    expect(await silent).to.deep.equal({ done: true, value: undefined });
  });

  it("gives a slow reader that asks for every third round the newest of them, and counts all others", async () => {
    const { watch, next, measure, metrics } = await open();
    const rounds = watch({ intervalMs: 300, metrics: [Metric.CPU] });
    const messages = [await next(rounds)];
    const first = sequenceOf(messages[0] as WatchResponse);
    await measure(15_000);
    const newest = metrics.measured - ((metrics.measured - first) % 3);
    while (sequenceOf(messages.at(-1) as WatchResponse) < newest) {
      messages.push((await rounds.next()).value as WatchResponse);
    }
    expectContiguous(messages);
    expect(messages.filter((message) => (sequenceOf(message) - first) % 3 !== 0)).to.deep.equal([]);
    // A fast reader would miss two rounds at a time.
    expect(Math.max(...messages.map(({ replaced }) => replaced))).to.be.greaterThan(2_000);
    await rounds.return?.();
  });

  it("serializes a round once for all watchers that ask for everything", async () => {
    const sent: Encoded<WatchResponse>[] = [];
    const { watch, next, measure, metrics } = await open({ interceptors: [recording(sent)] });
    const everyMetric = [...knownMetrics];
    const watchers = [watch(), watch({ intervalMs: 100 }), watch({ metrics: everyMetric }), watch({ intervalMs: 200 })];
    await Promise.all(watchers.map(next));
    const before = metrics.measured;
    await measure(4);
    const objectsFor = (round: number) => new Set(sent.filter(({ message }) => sequenceOf(message) === round)).size;
    const objects = [1, 2, 3, 4].map((more) => objectsFor(before + more));
    // Every second round goes to the last watcher too, with another count.
    expect(objects.toSorted()).to.deep.equal([1, 1, 2, 2]);
    await Promise.all(watchers.map((rounds) => rounds.return?.()));
  });

  it("sends what waits for a slow reader before it ends the watch because the server stops", async () => {
    const sent: Encoded<WatchResponse>[] = [];
    const { watch, next, measure, metrics, hosting } = await open({ interceptors: [recording(sent)] });
    const rounds = watch();
    await next(rounds);
    await measure(5_000);
    expect(sent.map(({ message }) => sequenceOf(message))).to.not.include(metrics.measured);
    const drained = hosting.drain(60_000);
    expect((await untilItEnds({ [Symbol.asyncIterator]: () => rounds })).error?.code).to.equal(status.UNAVAILABLE);
    expect(await drained).to.equal(0);
    expect(sent.at(-1)?.message.cursor?.sequence).to.equal(metrics.measured);
  });

  for (const [intervalMs, replaced] of [
    [100, [0, 0, 0, 0]],
    [250, [0, 2, 2, 2]],
    [60_000, [0]],
  ] as const) {
    it(`keeps a distance of ${intervalMs} ms, rounded up to whole rounds, and counts the rounds between`, async () => {
      const { watch, next } = await open();
      const rounds = watch({ intervalMs });
      const messages: WatchResponse[] = [];
      for (const _ of replaced) messages.push(await next(rounds));
      expect(messages.map((message) => message.replaced)).to.deep.equal(replaced);
      expectContiguous(messages);
      await rounds.return?.();
    });
  }

  it("sends each metric that was asked for once, in the order of their numbers", async () => {
    const { watch, next } = await open();
    const rounds = watch({ metrics: [Metric.LOAD, Metric.CPU, Metric.LOAD] });
    const { readings } = await next(rounds);
    expect(readings.map(({ metric }) => metric)).to.deep.equal([Metric.CPU, Metric.LOAD]);
    await rounds.return?.();
  });

  const refused: [Partial<WatchRequest>, string][] = [
    [{ intervalMs: 99 }, "interval_ms"],
    [{ intervalMs: 60_001 }, "interval_ms"],
    [{ metrics: [Metric.CPU, Metric.UNSPECIFIED] }, "metrics[1]"],
    // A client of a newer contract may ask for a metric that this server does not know.
    [{ metrics: [99 as Metric] }, "metrics[0]"],
  ];
  it("refuses intervals and metrics that break a rule, names the field, and measures nothing", async () => {
    const { calls, metrics } = await open();
    for (const [request, field] of refused) {
      const { messages, error } = await untilItEnds(calls.watch({ ...everything, ...request }));
      expect(messages).to.deep.equal([]);
      expect(error?.code).to.equal(status.INVALID_ARGUMENT);
      expect(violationsOf(error).map((violation) => violation.field)).to.deep.equal([field]);
    }
    expect(metrics.started).to.equal(0);
  });

  it("continues after a position at the newest round, if nothing was measured since", async () => {
    const { watch, next } = await open();
    const before = watch();
    const { cursor } = await next(before);
    await before.return?.();
    const resumed = watch({ resumeAfter: cursor, intervalMs: 60_000 });
    const first = await next(resumed);
    expect(sequenceOf(first)).to.equal((cursor?.sequence ?? Number.NaN) + 1 + first.replaced);
    await resumed.return?.();
  });

  it("refuses a position that it does not remember with OUT_OF_RANGE, the reason, and what it remembers", async () => {
    const { watch, next, measure, calls, metrics } = await open();
    const resume = async (epoch: string, sequence: number) => {
      const { messages, error } = await untilItEnds(calls.watch({ ...everything, resumeAfter: { epoch, sequence } }));
      expect(messages).to.deep.equal([]);
      expect(error?.code).to.equal(status.OUT_OF_RANGE);
      return detailsOf(error).errorInfo;
    };
    expect(await resume("another", 1)).to.deep.equal({ reason: "EPOCH_ENDED", domain: "quartet", metadata: {} });
    expect(metrics.started).to.equal(0);

    const rounds = watch();
    const { cursor } = await next(rounds);
    const epoch = cursor?.epoch ?? "";
    await measure(700 - metrics.measured);
    const metadata = { epoch, oldest: "101", newest: "700" };
    expect(await resume(epoch, 99)).to.deep.include({ reason: "POSITION_FORGOTTEN", metadata });
    // The last two are beyond the numbers that a double holds exactly: 2^53, and the largest double below 2^64.
    for (const future of [701, 2 ** 53, 2 ** 64 - 2 ** 11])
      expect(await resume(epoch, future)).to.deep.include({ reason: "POSITION_FORGOTTEN", metadata });
    expect(await resume("another", 700)).to.deep.include({ reason: "EPOCH_ENDED", metadata });
    await rounds.return?.();
  });

  it("tells every watcher UNAVAILABLE when the server drains, and drains at once", async () => {
    const { watch, next, hosting, metrics } = await open();
    const watchers = [watch(), watch(), watch({ intervalMs: 60_000 })];
    await Promise.all(watchers.map(next));
    const ends = watchers.map(
      async (rounds) => (await untilItEnds({ [Symbol.asyncIterator]: () => rounds })).error?.code,
    );
    // The grace is longer than the limit of a test.
    expect(await hosting.drain(60_000)).to.equal(0);
    expect(await Promise.all(ends)).to.deep.equal(Array(3).fill(status.UNAVAILABLE));
    expect(metrics.active).to.equal(0);
  });

  it("ends every watch with UNKNOWN when it cannot measure, and measures again for the next watcher", async () => {
    expectUnexpected("the sensor is on fire");
    let onFire = false;
    const { watch, next, measure, metrics } = await open({
      fail: () => {
        if (onFire) throw new Error("the sensor is on fire");
      },
    });
    const watchers = [watch(), watch({ intervalMs: 200 })];
    await Promise.all(watchers.map(next));
    onFire = true;
    await measure(1);
    const ends = await Promise.all(watchers.map((rounds) => untilItEnds({ [Symbol.asyncIterator]: () => rounds })));
    expect(ends.map(({ error }) => error?.code)).to.deep.equal([status.UNKNOWN, status.UNKNOWN]);
    expect(metrics.active).to.equal(0);
    onFire = false;
    const again = watch();
    expect((await next(again)).replaced).to.equal(0);
    await again.return?.();
  });

  it("leaves no listener on the draining signal after 30 watches", async () => {
    const warnings = emitted("warning");
    const { watch, next, metrics } = await open();
    const watchers = Array.from({ length: 30 }, () => watch());
    await Promise.all(watchers.map(next));
    await Promise.all(watchers.map((rounds) => rounds.return?.()));
    await metrics.idle;
    expect(warnings).to.deep.equal([]);
  });
});
