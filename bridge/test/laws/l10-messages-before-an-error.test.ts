import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller, type Source, StatusError } from "quartet-bridge";
import { concat, from, lastValueFrom, throwError, toArray } from "rxjs";
import { connectTo, gate } from "../harness/loopback.js";
import { collect, type Probe, ProbeService, served } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { framed, rawServer } from "../harness/wire/raw-call.js";
import { law, runs } from "./proof/law.js";

const aborted = () => new StatusError(status.ABORTED, "after the messages");

/** For each kind of source: messages of random sizes, and then an error. */
const failing: Record<string, (messages: readonly Probe[]) => Source<Probe>> = {
  *"a generator"(messages) {
    yield* messages;
    throw aborted();
  },
  async *"an async generator"(messages) {
    yield* messages;
    throw aborted();
  },
  "an Observable": (messages) => concat(from(messages), throwError(aborted)),
};

law(
  ["L9", "L10"],
  "before an error, a flowing reader gets all messages, a paced one those it holds",
  ({ ran, event }) => {
    const times = runs(700);
    for (const [kind, source] of Object.entries(failing)) {
      it(`flowing, ${times} streams of ${kind}, of random lengths and sizes (SEED=${seed})`, async () => {
        const chance = random(seed);
        const upTo = (most: number) => Math.floor(chance() * (most + 1));
        let response$: Source<Probe> = [];
        const { calls } = await served({ serverStreaming: () => response$, bidirectional: () => response$ });
        for (let run = 0; run < times; run += 1) {
          // The first stream is long, so that messages wait. Later, small lengths are as likely as large ones, because
          // small lengths are the edge cases.
          const length = run === 0 ? 500 : upTo(10 ** upTo(3));
          // Sizes below and above that of a frame and of a window.
          const load = "x".repeat(length < 100 ? upTo(chance() < 0.1 ? 100_000 : 1000) : upTo(100));
          const messages = Array.from({ length }, (_, index) => ({ n: index + 1, load }));
          response$ = source(messages);
          const [seen, failed] = [[] as number[], gate<CallError>()];
          const stream = run % 2 === 0 ? calls.serverStreaming.observe({ n: 1 }) : calls.bidirectional.observe([]);
          stream.subscribe({ next: ({ n }) => seen.push(n), error: failed.open });
          expect((await failed.opened).code).to.equal(status.ABORTED);
          expect(seen, `run ${run}`).to.deep.equal(messages.map(({ n }) => n));
          event(`run ${run}: ${length} messages`);
        }
        ran(times);
      });
    }

    for (const type of ["serverStreaming", "bidirectional"] as const) {
      // A Readable holds 16 objects. Messages after them are lost when the status comes (fact 3).
      for (const held of [1, 10, 16]) {
        it(`paced, ${type}: ${held} that are in the Readable when the status comes are all read, ${runs(500)} times`, async () => {
          let written = gate();
          async function* response(): AsyncGenerator<Probe> {
            for (let n = 1; n <= held; n += 1) yield { n };
            throw aborted();
          }
          const { calls } = await served({ serverStreaming: response, bidirectional: response });
          for (let run = 0; run < runs(500); run += 1) {
            written = gate();
            const options = { onStatus: () => written.open() };
            const responses =
              type === "bidirectional" ? calls.bidirectional([], options) : calls.serverStreaming({ n: 1 }, options);
            const seen: number[] = [];
            let code: status | undefined;
            try {
              for await (const { n } of responses) {
                seen.push(n);
                if (n === 1) await written.opened;
              }
            } catch (error) {
              code = (error as CallError).code;
            }
            expect([seen.length, code]).to.deep.equal([held, status.ABORTED]);
          }
          ran(runs(500));
        });
      }
    }

    it("compressed messages, which the law exempts, all arrive before OK if a terminal message follows (fact 33)", async () => {
      const sent = Array.from({ length: 61 }, (_, index) => ({ n: index < 60 ? index + 1 : -1 }));
      const frames = sent.map((message) => {
        const frame = framed(gzipSync(ProbeService.serverStreaming.responseSerialize(message)));
        frame.writeUInt8(1, 0);
        return frame;
      });
      const address = await rawServer((stream) => {
        stream.respond({ "content-type": "application/grpc", "grpc-encoding": "gzip" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(Buffer.concat(frames));
      });
      const calls = caller(ProbeService, connectTo(address));
      expect(await collect(calls.serverStreaming({ n: 1 }))).to.deep.equal(sent);
      expect(await lastValueFrom(calls.serverStreaming.observe({ n: 1 }).pipe(toArray()))).to.deep.equal(sent);
    });
  },
);
