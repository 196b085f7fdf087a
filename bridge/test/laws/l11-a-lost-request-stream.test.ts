import http2 from "node:http2";
import { ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder } from "@grpc/grpc-js";
import { expect } from "chai";
import { gate } from "../harness/loopback.js";
import { type Probe, ProbeService, served } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { framed, rawCallOn, rawConnection } from "../harness/wire/raw-call.js";
import { law, runs } from "./proof/law.js";
import { countTurns, type Turns } from "./proof/turns.js";

/** The message with which a client says that it has sent everything. */
const commit = -1;

/** Sends `rest`, which is all or a part of what the client still has to send, and cuts the call. */
type Cut = (request: http2.ClientHttp2Stream, rest: Buffer, chance: () => number) => Promise<void> | void;

const reset = (request: http2.ClientHttp2Stream) => request.close(http2.constants.NGHTTP2_CANCEL);
const lose = (request: http2.ClientHttp2Stream) => request.session?.destroy();

async function someTurns(chance: () => number): Promise<void> {
  for (let turns = Math.floor(chance() * 6); turns > 0; turns -= 1) await new Promise(setImmediate);
}

/** Cuts without END_STREAM: often before `rest` is on the wire, often after the server has read it. */
function withoutTheEnd(then: typeof reset | typeof lose): Cut {
  return async (request, rest, chance) => {
    request.write(rest);
    await someTurns(chance);
    then(request);
  };
}

/** Sends END_STREAM, and calls `then` after some turns of the event loop: often at once, often too late. */
function afterTheEnd(then: typeof reset | typeof lose): Cut {
  return async (request, rest, chance) => {
    await new Promise<void>((resolve) => request.end(rest, resolve));
    await someTurns(chance);
    then(request);
  };
}

/** The ways to cut a call, and whether the server can have taken the stream for complete by then. */
const cuts: Record<string, { readonly cut: Cut; readonly misses: boolean; readonly endsConnection: boolean }> = {
  "a reset": { cut: withoutTheEnd(reset), misses: false, endsConnection: false },
  "the loss of the connection": { cut: withoutTheEnd(lose), misses: false, endsConnection: true },
  "END_STREAM and a reset in one turn": {
    cut(request, rest) {
      request.end(rest);
      reset(request);
    },
    misses: false,
    endsConnection: false,
  },
  "END_STREAM, and a reset later": { cut: afterTheEnd(reset), misses: true, endsConnection: false },
  "END_STREAM, and then the loss of the connection": { cut: afterTheEnd(lose), misses: true, endsConnection: true },
};

/** Records the turn of the event loop in which a call's requests ended, and the turn in which it was cancelled. */
function endings(turns: Turns) {
  const seen = { end: Number.NaN, cancel: Number.POSITIVE_INFINITY };
  const interceptor: ServerInterceptor = (_method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        Object.assign(seen, { end: Number.NaN, cancel: Number.POSITIVE_INFINITY });
        next(
          new ServerListenerBuilder()
            .withOnReceiveHalfClose((proceed) => {
              seen.end = turns.now();
              proceed();
            })
            .withOnCancel(() => (seen.cancel = turns.now()))
            .build(),
        );
      },
    });
  return { interceptor, turnsFromEndToCancel: () => seen.cancel - seen.end };
}

law("L11", "no stream that was seen to be cut completes; half a commit commits nothing", ({ ran, figure, event }) => {
  for (const [what, { cut, misses, endsConnection }] of Object.entries(cuts)) {
    for (const type of ["clientStreaming", "bidirectional"] as const) {
      const times = runs(1000);
      it(`${type}: ${what}, ${times} times (SEED=${seed})`, async () => {
        const chance = random(seed);
        let [begun, ended] = [gate(), gate<"complete" | "cut">()];
        let committed = false;
        async function read(requests: AsyncIterable<Probe>): Promise<Probe> {
          try {
            for await (const { n } of requests) {
              if (n === commit) committed = true;
              begun.open();
            }
            ended.open("complete");
          } catch {
            ended.open("cut");
          }
          return { n: 1 };
        }
        const turns = countTurns();
        const watch = endings(turns);
        const { address } = await served(
          {
            clientStreaming: read,
            async *bidirectional(requests) {
              yield await read(requests);
            },
          },
          { interceptors: [watch.interceptor] },
        );
        const { path, requestSerialize } = ProbeService[type];
        let session = rawConnection(address);
        const commitment = framed(requestSerialize({ n: commit }));
        let [claims, early, late] = [0, 0, 0];
        for (let run = 1; run <= times; run += 1) {
          [begun, ended] = [gate(), gate()];
          committed = false;
          const request = rawCallOn(session, path);
          request.resume();
          request.write(framed(requestSerialize({ n: run })));
          await begun.opened;
          // One call in ten is not cut: otherwise a handler that never sees a commit would pass.
          if (run % 10 === 0) {
            request.end(commitment);
            expect([await ended.opened, committed], `without a cut, ${run}`).to.deep.equal(["complete", true]);
            continue;
          }
          // Half of the calls send the complete commit before the cut, and half a part of it, which may be empty.
          const sent = Math.min(commitment.length, Math.floor(chance() * 2 * commitment.length));
          await cut(request, commitment.subarray(0, sent), chance);
          event(`cut ${run} after ${sent} of ${commitment.length} bytes of the commit`);
          const outcome = await ended.opened;
          if (committed && sent < commitment.length) early += 1;
          if (committed) late += 1;
          if (outcome === "complete") {
            claims += 1;
            // A cancel within two turns after the end must have been noticed.
            expect(watch.turnsFromEndToCancel(), `cut ${run}`).to.be.at.least(2);
          }
          // Node ends a connection on which a thousand streams were reset in a row.
          if (endsConnection || run % 200 === 199) {
            session.destroy();
            session = rawConnection(address);
          }
        }
        turns.stop();
        ran(times);
        figure("committed by half a commit", early, 0);
        figure("committed, and then cut", late, undefined, `in ${times}, ${type}, ${what}`);
        if (misses) figure(`claims that were none, ${what}`, claims, undefined, `in ${times}, ${type}`);
        else figure("claims that were none, otherwise", claims, 0);
      });
    }
  }
});
