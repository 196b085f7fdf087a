import { Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";
import type { CallContext } from "quartet-bridge";
import { from, lastValueFrom, map, of, range, toArray } from "rxjs";
import {
  bidirectional,
  clientStreaming,
  collect,
  countedProbes,
  failureOf,
  type Probe,
  probe,
  serverStreaming,
  unary,
} from "./harness/probe.js";

const double = ({ n }: Probe): Probe => ({ n: 2 * n });
const numbers = (probes: readonly Probe[]) => probes.map(({ n }) => n);

async function sum(requests: AsyncIterable<Probe>): Promise<Probe> {
  let n = 0;
  for await (const request of requests) n += request.n;
  return { n };
}

async function* doubled(requests: AsyncIterable<Probe>): AsyncGenerator<Probe> {
  for await (const request of requests) yield double(request);
}

describe("the bridge", () => {
  it("answers a unary call, as a promise and as an Observable", async () => {
    const { calls } = await probe({ unary: unary(double) });
    expect(await calls.unary({ n: 21 })).to.deep.equal({ n: 42 });
    expect(await lastValueFrom(calls.unary.observe({ n: 4 }))).to.deep.equal({ n: 8 });
  });

  it("streams from an array, a generator, an async generator and an Observable alike", async () => {
    const sources = [
      () => [{ n: 1 }, { n: 2 }, { n: 3 }],
      function* () {
        for (let n = 1; n <= 3; n += 1) yield { n };
      },
      countedProbes(3).source,
      () => range(1, 3).pipe(map((n) => ({ n }))),
      async () => of({ n: 1 }, { n: 2 }, { n: 3 }),
    ];
    const { calls } = await probe({ serverStreaming: serverStreaming(({ n }: Probe) => sources[n]?.() ?? []) });
    for (const index of sources.keys()) {
      expect(numbers(await collect(calls.serverStreaming({ n: index })))).to.deep.equal([1, 2, 3]);
      const observed = calls.serverStreaming.observe({ n: index }).pipe(toArray());
      expect(numbers(await lastValueFrom(observed))).to.deep.equal([1, 2, 3]);
    }
  });

  it("sends a client's stream from an iterable and from an Observable, and reads it pulled and observed", async () => {
    const pulled = await probe({ clientStreaming: clientStreaming(sum) });
    expect(await pulled.calls.clientStreaming([{ n: 1 }, { n: 2 }])).to.deep.equal({ n: 3 });
    expect(await pulled.calls.clientStreaming(from([{ n: 3 }, { n: 4 }]))).to.deep.equal({ n: 7 });
    expect(await lastValueFrom(pulled.calls.clientStreaming.observe([{ n: 5 }]))).to.deep.equal({ n: 5 });
    const observed = await probe({
      clientStreaming: clientStreaming(async (requests) => ({
        n: (await lastValueFrom(requests.observe().pipe(toArray()))).length,
      })),
    });
    expect(await observed.calls.clientStreaming([{ n: 9 }, { n: 9 }, { n: 9 }])).to.deep.equal({ n: 3 });
  });

  it("carries both directions of a bidirectional call, pulled and observed", async () => {
    const pulled = await probe({ bidirectional: bidirectional(doubled) });
    expect(numbers(await collect(pulled.calls.bidirectional(countedProbes(5).source())))).to.deep.equal([
      2, 4, 6, 8, 10,
    ]);
    const observed = await probe({ bidirectional: bidirectional((requests) => requests.observe().pipe(map(double))) });
    const answers = observed.calls.bidirectional.observe(from([{ n: 1 }, { n: 2 }])).pipe(toArray());
    expect(numbers(await lastValueFrom(answers))).to.deep.equal([2, 4]);
  });

  it("hands over request metadata, headers, trailers, deadline, path and peer", async () => {
    let seen: CallContext | undefined;
    const answer = (call: CallContext) => {
      seen = call;
      const headers = new Metadata();
      headers.set("served-by", call.metadata.get("asked-by").join());
      call.header(headers);
      call.trailer({ took: "a moment" });
    };
    const { calls } = await probe({
      unary: unary((request, call) => {
        answer(call);
        return request;
      }),
      serverStreaming: serverStreaming((request, call) => {
        answer(call);
        return [request];
      }),
      clientStreaming: clientStreaming((requests, call) => {
        answer(call);
        return sum(requests);
      }),
      bidirectional: bidirectional((requests, call) => {
        answer(call);
        return requests;
      }),
    });
    const metadata = new Metadata();
    metadata.set("asked-by", "a test");
    const deadline = new Date(Date.now() + 60_000);
    const told: string[] = [];
    const options = {
      metadata,
      deadline,
      timeoutMs: 120_000,
      onHeaders: (headers: Metadata) => told.push(`headers: ${headers.get("served-by")}`),
      onStatus: (ended: { code: status; metadata: Metadata }) =>
        told.push(`${status[ended.code]}: ${ended.metadata.get("took")}`),
    };
    const request = { n: 1 };
    for (const [path, call] of [
      ["/test.Probe/Unary", () => calls.unary(request, options)],
      ["/test.Probe/ServerStreaming", () => collect(calls.serverStreaming(request, options))],
      ["/test.Probe/ClientStreaming", () => calls.clientStreaming([request], options)],
      ["/test.Probe/Bidirectional", () => collect(calls.bidirectional([request], options))],
    ] as const) {
      await call();
      expect(told.splice(0)).to.deep.equal(["headers: a test", "OK: a moment"]);
      expect(seen?.path).to.equal(path);
      expect(seen?.deadline?.getTime()).to.be.closeTo(deadline.getTime(), 30_000);
      expect(seen?.signal.aborted).to.equal(false);
    }
  });

  it("knows the address of the peer while the call lasts, and no deadline where the client set none", async () => {
    const { calls } = await probe({
      unary: unary((_request, call) => ({
        n: call.peer.startsWith("127.0.0.1:") && call.deadline === undefined ? 1 : 0,
      })),
    });
    expect(await calls.unary({ n: 0 })).to.deep.equal({ n: 1 });
  });

  it("refuses to give one call's requests to two readers", async () => {
    const { calls } = await probe({
      clientStreaming: clientStreaming(async (requests) => {
        await requests[Symbol.asyncIterator]().next();
        const error = (await failureOf(lastValueFrom(requests.observe()))) as Error;
        return { n: error.message.includes("being pulled already") ? 1 : 0 };
      }),
    });
    expect(await calls.clientStreaming([{ n: 1 }])).to.deep.equal({ n: 1 });
  });
});
