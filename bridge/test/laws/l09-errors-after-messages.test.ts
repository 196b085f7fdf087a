import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, type Source, StatusError } from "quartet-bridge";
import { concat, from, throwError } from "rxjs";
import { gate } from "../harness/loopback.js";
import { type Probe, served } from "../harness/probe.js";
import { law } from "./proof/law.js";

const aborted = () => new StatusError(status.ABORTED, "after the messages");
const probes = (count: number): Probe[] => Array.from({ length: count }, (_, index) => ({ n: index + 1 }));

const failingSources: Record<string, (count: number) => Source<Probe>> = {
  "a generator": function* (count) {
    yield* probes(count);
    throw aborted();
  },
  "an async generator": async function* (count) {
    yield* probes(count);
    throw aborted();
  },
  "an Observable": (count) => concat(from(probes(count)), throwError(aborted)),
};

/** How a stream went: the messages that arrived, and the code of its status. */
async function received(stream: AsyncIterable<Probe>): Promise<{ count: number; code: status }> {
  let count = 0;
  try {
    for await (const { n } of stream) {
      count += 1;
      expect(n).to.equal(count);
    }
  } catch (error) {
    return { count, code: (error as CallError).code };
  }
  return { count, code: status.OK };
}

law(["L9", "L10"], "what was sent before an error is not lost to a reader who takes it", ({ repeat }) => {
  for (const [what, source] of Object.entries(failingSources)) {
    for (const count of [0, 1, 500]) {
      repeat(
        200,
        `${what} that throws after ${count}: all of them arrive at a flowing reader, then the status`,
        async () => {
          const { calls } = await served({
            serverStreaming: ({ n }) => source(n),
            bidirectional: () => source(count),
          });
          for (const stream of [calls.serverStreaming.observe({ n: count }), calls.bidirectional.observe([])]) {
            const seen: number[] = [];
            const failed = gate<CallError>();
            stream.subscribe({ next: ({ n }) => seen.push(n), error: failed.open });
            expect((await failed.opened).code).to.equal(status.ABORTED);
            expect(seen).to.deep.equal(probes(count).map(({ n }) => n));
          }
        },
      );
    }
  }

  repeat(100, "a paced reader gets what its Readable holds already when the status overtakes it", async () => {
    const failed = gate();
    const { calls } = await served({
      async *serverStreaming(): AsyncGenerator<Probe> {
        yield* probes(10);
        throw aborted();
      },
    });
    let count = 0;
    let code: status | undefined;
    try {
      for await (const { n } of calls.serverStreaming({ n: 1 }, { onStatus: () => failed.open() })) {
        count += 1;
        expect(n).to.equal(count);
        if (count === 1) await failed.opened;
      }
    } catch (error) {
      code = (error as CallError).code;
    }
    expect([count, code]).to.deep.equal([10, status.ABORTED]);
  });

  repeat(100, "a source that fails while the reader holds it back: what was written goes first", async () => {
    const { calls } = await served({
      async *serverStreaming(): AsyncGenerator<Probe> {
        for (const { n } of probes(20)) yield { n, load: "x".repeat(20_000) };
        throw aborted();
      },
    });
    const flowing = await new Promise<number>((resolve) => {
      let count = 0;
      calls.serverStreaming.observe({ n: 1 }).subscribe({ next: () => (count += 1), error: () => resolve(count) });
    });
    expect(flowing).to.equal(20);
    expect((await received(calls.serverStreaming({ n: 1 }))).code).to.equal(status.ABORTED);
  });
});
