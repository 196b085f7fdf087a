import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Subject } from "rxjs";
import { type StatusError, streamingChannelOptions } from "../../../src/bridge/index.js";
import { mostAhead, mostAheadOfServer } from "../../buffers-on-the-way.js";
import { afterTheTest, gate } from "../../loopback.js";
import { random, seed } from "../../random.js";
import { bidirectional, clientStreaming, countedProbes, type Probe, probe, serverStreaming, unary } from "../probe.js";
import { settled } from "../settled.js";

describe("L4 and L5: a reader that stops holds its sender back", () => {
  for (const bytes of [100, 1024, 10_240, 102_400]) {
    const load = "x".repeat(bytes);
    const bound = mostAheadOfServer(bytes);

    it(`${bytes} B: a server that is pulled gives at most ${bound} messages to a client that reads one`, async () => {
      const { state, source } = countedProbes(Number.POSITIVE_INFINITY, load);
      const { calls } = await probe({ serverStreaming: serverStreaming(source), unary: unary((request) => request) });
      const responses = calls.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
      await responses.next();
      expect(await settled(calls, () => state.given))
        .to.be.greaterThan(1)
        .and.at.most(bound);
      await responses.return?.();
    });

    it(`${bytes} B: a client that is pulled gives a bounded number of messages to a handler that never reads`, async () => {
      const { state, source } = countedProbes(Number.POSITIVE_INFINITY, load);
      const { calls } = await probe(
        {
          clientStreaming: clientStreaming(async () => new Promise<never>(() => {})),
          unary: unary((request) => request),
        },
        { client: streamingChannelOptions },
      );
      const call = calls.clientStreaming.observe(source()).subscribe();
      afterTheTest(() => call.unsubscribe());
      // The retry buffer takes 4 KiB beyond the window; see streamingChannelOptions.
      const most = mostAhead(bytes) + Math.ceil(4096 / bytes);
      expect(await settled(calls, () => state.given))
        .to.be.at.least(1)
        .and.at.most(most);
    });
  }
});

describe("L6: an Observable that is faster than its reader", () => {
  it("is unsubscribed when 1,024 messages wait, and the reader that reads on learns RESOURCE_EXHAUSTED", async () => {
    const subject = new Subject<Probe>();
    const subscribed = gate();
    const { calls } = await probe({
      serverStreaming: serverStreaming(() => {
        setImmediate(subscribed.open);
        return subject;
      }),
      unary: unary((request) => request),
    });
    const responses = calls.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
    const first = responses.next();
    await subscribed.opened;
    let produced = 0;
    const load = "x".repeat(10_240);
    while (subject.observed) {
      produced += 1;
      subject.next({ n: produced, load });
      if (produced % 8 === 0) await calls.unary({ n: 0 });
    }
    expect(produced)
      .to.be.greaterThan(1024)
      .and.at.most(1024 + mostAheadOfServer(10_240) + 8);
    expect((await first).value?.n).to.equal(1);
    let delivered = 1;
    let code: status | undefined;
    try {
      for (let next = await responses.next(); !next.done; next = await responses.next()) delivered = next.value.n;
    } catch (error) {
      code = (error as StatusError).code;
    }
    expect([code, delivered < produced]).to.deep.equal([status.RESOURCE_EXHAUSTED, true]);
  });

  it("on the client ends the call and fails with RESOURCE_EXHAUSTED", async () => {
    const subject = new Subject<Probe>();
    const failed = gate<StatusError>();
    const begun = gate();
    const { calls } = await probe({
      bidirectional: bidirectional(() => {
        begun.open();
        return new Promise<never>(() => {});
      }),
      unary: unary((request) => request),
    });
    calls.bidirectional.observe(subject).subscribe({ error: failed.open });
    await begun.opened;
    for (let n = 1; subject.observed; n += 1) {
      subject.next({ n, load: "x".repeat(10_240) });
      if (n % 64 === 0) await calls.unary({ n: 0 });
    }
    expect((await failed.opened).code).to.equal(status.RESOURCE_EXHAUSTED);
  });
});

describe("L7: exactly once and in order", () => {
  it(`20,000 messages through a bidirectional call with random stalls on both sides (SEED=${seed})`, async () => {
    const chance = random(seed);
    const stall = async () => {
      while (chance() < 0.02) await new Promise((resolve) => setImmediate(resolve));
    };
    const { calls } = await probe(
      {
        bidirectional: bidirectional(async function* (requests): AsyncGenerator<Probe> {
          for await (const request of requests) {
            await stall();
            yield request;
          }
        }),
      },
      { client: streamingChannelOptions },
    );
    const { state, source } = countedProbes(20_000);
    let last = 0;
    for await (const { n } of calls.bidirectional(source())) {
      expect(n).to.equal(last + 1);
      last = n;
      await stall();
    }
    expect([last, state.finalised]).to.deep.equal([20_000, 1]);
  });

  it("20,000 messages of a synchronous iterable, without growing the stack", async () => {
    const { calls } = await probe({
      serverStreaming: serverStreaming(function* ({ n: count }: Probe) {
        for (let n = 1; n <= count; n += 1) yield { n };
      }),
    });
    let last = 0;
    for await (const { n } of calls.serverStreaming({ n: 20_000 })) {
      if (n !== last + 1) throw new Error(`${n} came after ${last}`);
      last = n;
    }
    expect(last).to.equal(20_000);
  });
});
