import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, streamingChannelOptions } from "quartet-bridge";
import { from, NEVER } from "rxjs";
import { HealthService } from "#gen/grpc/health/v1/health.js";
import { StatisticsService, type SummarizeRequest } from "#gen/quartet/statistics/v1/statistics.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { build } from "../../src/client-streaming/server.js";
import { failureOf } from "./failure-of.js";
import { witness } from "./witness.js";

/** The server that the demo runs, a client on one connection of its own, and what the server's end sees. */
async function open({ beforeMessage }: { beforeMessage?: () => Promise<void> } = {}) {
  const seen = witness(beforeMessage);
  const hosting = build({ interceptors: [seen.interceptor] });
  const { client } = await loopback(hosting, streamingChannelOptions);
  return {
    hosting,
    seen,
    health: caller(HealthService, client),
    summarize: caller(StatisticsService, client).summarize,
  };
}

/** One number to a message, from 0 on; the half-close waits for `last`. */
async function* counting(count: number, last?: Promise<void>): AsyncGenerator<SummarizeRequest> {
  for (let value = 0; value < count; value += 1) yield { values: [value] };
  await last;
}

/** 1,024 numbers to a message, for ever. */
function endless(first: SummarizeRequest[] = []) {
  const state = { given: 0, finalised: 0 };
  function* source(): Generator<SummarizeRequest> {
    try {
      yield* first;
      for (;;) {
        state.given += 1;
        yield { values: new Array<number>(1024).fill(state.given) };
      }
    } finally {
      state.finalised += 1;
    }
  }
  return { state, source };
}

describe("client streaming: the least matrix", () => {
  it("basic: many requests, one response, after the half-close", async () => {
    const { summarize, seen } = await open();
    expect((await summarize(counting(5))).mean).to.equal(2);
    const [call] = seen.calls;
    await call?.halfClosed.opened;
    expect(call?.messages.flatMap(({ values }) => values)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(await call?.over.opened).to.equal(status.OK);
  });

  it("nothing is answered before the half-close", async () => {
    const { summarize, health, seen } = await open();
    const begun = seen.next();
    const halfClose = gate();
    let answered = false;
    const answer = summarize(counting(3, halfClose.opened)).finally(() => {
      answered = true;
    });
    await (await begun).firstMessage.opened;
    for (let round = 0; round < 10; round += 1) await health.check({ service: "" });
    expect(answered).to.equal(false);
    halfClose.open();
    expect((await answer).count).to.equal(3);
  });

  it("metadata and trailers: headers reach the server, and the trailers of a refusal the client", async () => {
    const { summarize, seen } = await open();
    const metadata = new Metadata();
    metadata.set("experiment", "1879");
    const ended = gate<StatusObject>();
    await failureOf(summarize([{ values: [Number.NaN] }], { metadata, onStatus: ended.open }));
    expect((await seen.calls[0]?.headers.opened)?.get("experiment")).to.deep.equal(["1879"]);
    expect((await ended.opened).metadata.get("grpc-status-details-bin")).to.have.length(1);
  });

  it("server error: the status of the refusal is what the caller rejects with", async () => {
    const { summarize, seen } = await open();
    const error = await failureOf(summarize([{ values: [1, Number.NaN] }]));
    expect(error).to.be.instanceOf(CallError).with.property("code", status.INVALID_ARGUMENT);
    expect(await seen.calls[0]?.over.opened).to.equal(status.INVALID_ARGUMENT);
  });

  it("client cancel: CANCELLED at the caller, no status from the server, the source finalised", async () => {
    const { summarize, seen } = await open();
    const begun = seen.next();
    const giveUp = new AbortController();
    const { state, source } = endless();
    const answer = failureOf(summarize(source(), { signal: giveUp.signal }));
    const { firstMessage, over } = await begun;
    await firstMessage.opened;
    giveUp.abort();
    expect(await answer).to.have.property("code", status.CANCELLED);
    expect(await over.opened).to.equal(undefined);
    expect(state.finalised).to.equal(1);
  });

  it("deadline: DEADLINE_EXCEEDED at the caller, the call over at the server, the source finalised", async () => {
    const { summarize, seen } = await open();
    const begun = seen.next();
    const { state, source } = endless();
    const clock = stopClock();
    const answer = failureOf(summarize(source(), { timeoutMs: 1_000 }));
    const { firstMessage, over } = await begun;
    await firstMessage.opened;
    clock.pass(1_000);
    await over.opened;
    expect(await answer).to.have.property("code", status.DEADLINE_EXCEEDED);
    expect(state.finalised).to.equal(1);
  });

  it("high rate: 10,000 messages arrive once and in order", async () => {
    const { summarize, seen } = await open();
    const { count, mean } = await summarize(counting(10_000));
    expect([count, mean]).to.deep.equal([10_000, 4999.5]);
    const disorder = seen.calls[0]?.messages.findIndex(({ values }, i) => values[0] !== i);
    expect([disorder, seen.calls[0]?.messages.length]).to.deep.equal([-1, 10_000]);
  });

  it("aborted iteration: unsubscribing cancels the call at the server and unsubscribes the source", async () => {
    const { summarize, seen } = await open();
    const begun = seen.next();
    const { state, source } = endless();
    const call = summarize.observe(source()).subscribe();
    const { firstMessage, over } = await begun;
    await firstMessage.opened;
    call.unsubscribe();
    expect(await over.opened).to.equal(undefined);
    expect(state.finalised).to.equal(1);
  });

  it("early response: a refusal stops a sender that would never have ended", async () => {
    const { summarize, seen } = await open();
    const { state, source } = endless([{ values: [1, 2, Number.NaN] }]);
    const error = await failureOf(summarize(source()));
    expect(error).to.have.property("code", status.INVALID_ARGUMENT);
    const { given, finalised } = state;
    expect(finalised).to.equal(1);
    await seen.calls[0]?.over.opened;
    expect(state.given).to.equal(given);
  });

  it("request source fails: that very error at the caller, CANCELLED at the server", async () => {
    const { summarize, seen } = await open();
    const unplugged = new Error("unplugged");
    const begun = seen.next();
    const fail = gate();
    async function* source(): AsyncGenerator<SummarizeRequest> {
      yield { values: [1] };
      await fail.opened;
      throw unplugged;
    }
    const answer = failureOf(summarize(source()));
    const { firstMessage, over } = await begun;
    await firstMessage.opened;
    fail.open();
    expect(await answer).to.equal(unplugged);
    expect(await over.opened).to.equal(undefined);
  });

  it("graceful shutdown: a call that is open may end, and its answer arrives", async () => {
    const { hosting, summarize, seen } = await open();
    const begun = seen.next();
    const halfClose = gate();
    const answer = summarize(counting(4, halfClose.opened));
    await (await begun).firstMessage.opened;
    const drained = hosting.drain(60_000);
    halfClose.open();
    expect((await answer).count).to.equal(4);
    expect(await drained).to.equal(0);
  });

  it("forced shutdown: a call that would never end gets UNAVAILABLE, and its source is let go", async () => {
    const { hosting, summarize, seen } = await open();
    const begun = seen.next();
    const { state, source } = endless();
    const answer = failureOf(summarize(source()));
    await (await begun).firstMessage.opened;
    expect(await hosting.force()).to.equal(1);
    expect(await answer).to.have.property("code", status.UNAVAILABLE);
    expect(state.finalised).to.equal(1);
  });

  it("back-to-back: 200 calls on one connection, each with its own summary", async () => {
    const { summarize, seen } = await open();
    for (let n = 0; n < 200; n += 1)
      expect((await summarize([{ values: [n] }, { values: [n + 2] }])).mean).to.equal(n + 1);
    expect(seen.calls).to.have.length(200);
  });

  it("interleaved: calls on one connection whose messages alternate do not mix", async () => {
    const { summarize } = await open();
    const steps = Array.from({ length: 20 }, () => gate());
    async function* source(n: number): AsyncGenerator<SummarizeRequest> {
      for (const { opened } of steps) {
        await opened;
        yield { values: [n] };
      }
    }
    const answers = Array.from({ length: 10 }, (_, n) => summarize(source(n)));
    for (const step of steps) {
      step.open();
      await summarize([{ values: [-1] }]);
    }
    const summaries = await Promise.all(answers);
    expect(summaries.map(({ count, min, max }) => [count, min, max])).to.deep.equal(
      summaries.map((_, n) => [steps.length, n, n]),
    );
  });

  it("slow reader: a server that stops reading holds the sender back, and no number is lost", async () => {
    const readOn = gate();
    const { summarize, health } = await open({ beforeMessage: () => readOn.opened });
    const total = 1000;
    let given = 0;
    function* source(): Generator<SummarizeRequest> {
      for (; given < total; given += 1) yield { values: new Array<number>(1024).fill(given) };
    }
    const answer = summarize(source());

    // Twenty answers on the same connection without one more message: it has stopped.
    for (let still = 0, last = -1; still < 20; still += 1, last = given) {
      await health.check({ service: "" });
      if (given !== last) still = 0;
    }
    // A message has 8 KiB: 8 in the flow-control window, 16 in the writer's object, 16 in the reader's, few in between.
    expect(given)
      .to.be.greaterThan(1)
      .and.at.most(8 + 16 + 16 + 4);

    readOn.open();
    const { count, mean } = await answer;
    expect([count, mean]).to.deep.equal([total * 1024, (total - 1) / 2]);
  });

  it("a source that pushes: all messages of an Observable arrive, and one that is silent can be cancelled", async () => {
    const { summarize, seen } = await open();
    expect((await summarize(from([{ values: [1] }, { values: [2] }]))).mean).to.equal(1.5);
    const begun = seen.next();
    const giveUp = new AbortController();
    const answer = failureOf(summarize(NEVER, { signal: giveUp.signal }));
    const { headers, over } = await begun;
    await headers.opened;
    giveUp.abort();
    expect(await answer).to.have.property("code", status.CANCELLED);
    expect(await over.opened).to.equal(undefined);
  });
});
