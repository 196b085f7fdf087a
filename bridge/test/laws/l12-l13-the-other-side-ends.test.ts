import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller, type Source, StatusError } from "quartet-bridge";
import { concat, of, Subject, throwError } from "rxjs";
import { echo } from "../harness/each-type.js";
import { connectTo, gate } from "../harness/loopback.js";
import { collect, countedProbes, failureOf, type Probe, ProbeService, served } from "../harness/probe.js";
import { cancelCode, resetsOf, watchFrames } from "../harness/wire/wire-frames.js";
import { law, runs } from "./proof/law.js";

law("L12", "when the server ends first, the client's source is finalized", ({ repeat }) => {
  for (const outcome of ["OK", "ABORTED"] as const) {
    repeat(200, `${outcome}: a pulled source is returned, a pushed one unsubscribed, no more is written`, async () => {
      const end = (): Probe => {
        if (outcome === "OK") return { n: 0 };
        throw new StatusError(status.ABORTED, "enough");
      };
      const { calls } = await served({
        clientStreaming: async (requests) => {
          for await (const _request of requests) break;
          return end();
        },
        async *bidirectional(requests): AsyncGenerator<Probe> {
          for await (const _request of requests) break;
          yield end();
        },
      });
      for (const call of [
        (source: Source<Probe>) => calls.clientStreaming(source),
        (source: Source<Probe>) => collect(calls.bidirectional(source)),
      ]) {
        const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(10_000));
        const subject = new Subject<Probe>();
        const pulled = call(source()).catch((error: CallError) => error.code);
        const pushed = call(concat(of({ n: 1 }), subject)).catch((error: CallError) => error.code);
        const codes = [await pulled, await pushed].map((code) => (typeof code === "number" ? code : status.OK));
        expect(codes).to.deep.equal([status[outcome], status[outcome]]);
        expect([state.finalized, subject.observed]).to.deep.equal([1, false]);
      }
    });
  }
});

law("L13", "when the client's source fails, both sides are told", ({ ran, event, repeat }) => {
  const failures: Record<string, unknown> = {
    "an Error": new Error("the disk is gone"),
    "a string": "the disk is gone",
    undefined: undefined,
  };
  for (const [what, failure] of Object.entries(failures)) {
    repeat(100, `${what}: the server sees a cancel, and the caller gets the same error`, async () => {
      let aborted = gate<StatusError>();
      let begun = gate();
      const watch = async (requests: AsyncIterable<Probe>, call: { signal: AbortSignal }): Promise<Probe> => {
        call.signal.addEventListener("abort", () => aborted.open(call.signal.reason));
        for await (const _request of requests) begun.open();
        throw new StatusError(status.DATA_LOSS, "taken for complete");
      };
      const { calls } = await served({
        clientStreaming: watch,
        async *bidirectional(requests, call): AsyncGenerator<Probe> {
          yield await watch(requests, call);
        },
      });
      async function* pulled(): AsyncGenerator<Probe> {
        yield { n: 1 };
        await begun.opened;
        throw failure;
      }
      const pushed = () =>
        concat(of({ n: 1 }), new Promise<never>((_resolve, reject) => void begun.opened.then(() => reject(failure))));
      for (const source of [pulled, pushed]) {
        for (const call of [() => calls.clientStreaming(source()), () => collect(calls.bidirectional(source()))]) {
          aborted = gate();
          begun = gate();
          expect(await failureOf(call())).to.equal(failure);
          expect((await aborted.opened).code).to.equal(status.CANCELLED);
        }
      }
    });
  }

  repeat(100, "a source that fails before its first message leaves no call", async () => {
    const { calls, server } = await served({
      bidirectional: (requests) => requests,
      clientStreaming: async () => new Promise<never>(() => {}),
    });
    const broken = throwError(() => new Error("at once"));
    expect(await failureOf(calls.clientStreaming(broken))).to.have.property("message", "at once");
    expect(await failureOf(collect(calls.bidirectional(broken)))).to.have.property("message", "at once");
    await new Promise<void>((resolve, reject) => {
      server.tryShutdown((error) => (error ? reject(error) : resolve()));
    });
  });

  for (const type of ["clientStreaming", "bidirectional"] as const) {
    const times = runs(400);
    it(`${type}: in mid-stream, ${times} times: the stream is reset with CANCEL, once`, async () => {
      const { address } = await served(echo);
      const { address: watched, frames } = await watchFrames(address);
      const calls = caller(ProbeService, connectTo(watched));
      await calls.unary({ n: 0 });
      for (let run = 1; run <= times; run += 1) {
        const failure = new Error("the disk is gone");
        const [request$, opened, failed] = [new Subject<Probe>(), gate(), gate<unknown>()];
        calls[type]
          .observe(type === "bidirectional" ? concat(of({ n: 1 }), request$) : request$)
          .subscribe({ next: () => opened.open(), error: failed.open });
        if (type === "bidirectional") await opened.opened;
        request$.error(failure);
        expect(await failed.opened).to.equal(failure);
        event(`failed ${run} times`);
      }
      // A cancel is sent some turns later.
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await calls.unary({ n: 0 });
      const resets = resetsOf(frames);
      expect([...resets.values()].every((count) => count === 1)).to.equal(true);
      expect(frames.every(({ code = cancelCode }) => code === cancelCode)).to.equal(true);
      if (type === "bidirectional") expect(resets.size).to.equal(times);
      ran(times);
    });
  }
});
