import { type Client, ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, type Caller, caller } from "quartet-bridge";
import { firstValueFrom } from "rxjs";
import { VitalsService, type WatchRequest } from "#gen/quartet/vitals/v1/vitals.js";
import { mostAheadOfServer } from "../../bridge/test/harness/buffers-on-the-way.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import type { Hosting } from "../../src/host/index.js";
import { build } from "../../src/server-streaming/server.js";
import { collect } from "./collect.js";

const everything: WatchRequest = { metrics: [], intervalMs: 0 };

/** What the server has sent on its calls, and when they are over for it. */
interface ServerSide {
  readonly sent: () => number;
  /** Resolves when `calls` calls are over at the server; with the statuses that its handlers have sent. */
  over(calls: number): Promise<(status | undefined)[]>;
}

function watchServer(): ServerSide & { readonly interceptor: ServerInterceptor } {
  const statuses: (status | undefined)[] = [];
  let sent = 0;
  let changed = () => {};
  return {
    sent: () => sent,
    async over(calls) {
      while (statuses.length < calls) {
        const { opened, open } = gate();
        changed = open;
        await opened;
      }
      return statuses;
    },
    interceptor: (_method, call) => {
      let code: status | undefined;
      return new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onCancel: () => {
              statuses.push(code);
              changed();
            },
          }),
        sendMessage: (message, next) => {
          sent += 1;
          next(message);
        },
        sendStatus: (outcome, next) => {
          code = outcome.code;
          next(outcome);
        },
      });
    },
  };
}

// A round is some 60 bytes; the fewer are counted with, the more may be on the way.
const onTheWay = mostAheadOfServer(50);

describe("server streaming, through the server that the demo runs", () => {
  let hosting: Hosting;
  let server: ServerSide;
  let vitals: Caller<typeof VitalsService>;
  let client: Client;

  beforeEach(async () => {
    const { interceptor, ...side } = watchServer();
    server = side;
    hosting = build({ interceptors: [interceptor] });
    ({ client } = await loopback(hosting));
    vitals = caller(VitalsService, client);
  });

  it("basic: one request, several responses, OK", async () => {
    const { messages, error } = await collect(vitals.replay({ count: 3 }));
    expect(messages.map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
    expect(error).to.equal(undefined);
    expect(await server.over(1)).to.deep.equal([status.OK]);
  });

  it("metadata and trailers: headers come before the first response, the status after the last", async () => {
    const order: string[] = [];
    const rounds = vitals.replay(
      { count: 2 },
      { onHeaders: () => order.push("headers"), onStatus: ({ code }) => order.push(status[code]) },
    );
    for await (const { sequence } of rounds) order.push(String(sequence));
    expect(order[0]).to.equal("headers");
    expect(order).to.include.members(["1", "2", "OK"]);
    expect(order).to.have.length(4);
  });

  it("server error: the status and its trailers, and no response", async () => {
    const { messages, error } = await collect(vitals.watch({ ...everything, intervalMs: 1 }));
    expect(messages).to.deep.equal([]);
    expect(error?.code).to.equal(status.INVALID_ARGUMENT);
    expect(error?.metadata.get("grpc-status-details-bin")).to.have.length(1);
    expect(await server.over(1)).to.deep.equal([status.INVALID_ARGUMENT]);
  });

  it("client cancel: CANCELLED at the client, and the server's call is over without a status of its own", async () => {
    const leave = new AbortController();
    const rounds = vitals.watch(everything, { signal: leave.signal })[Symbol.asyncIterator]();
    await rounds.next();
    leave.abort();
    const { error } = await collect({ [Symbol.asyncIterator]: () => rounds });
    expect(error?.code).to.equal(status.CANCELLED);
    expect(await server.over(1)).to.deep.equal([undefined]);
  });

  it("deadline: DEADLINE_EXCEEDED at the client, and the server's call is over", async () => {
    const clock = stopClock();
    const rounds = vitals.watch(everything, { timeoutMs: 1_000 })[Symbol.asyncIterator]();
    await rounds.next();
    clock.pass(1_000);
    const { error } = await collect({ [Symbol.asyncIterator]: () => rounds });
    expect(error?.code).to.equal(status.DEADLINE_EXCEEDED);
    await server.over(1);
  });

  it("high rate: 10,000 responses, each once and in order", async () => {
    const { messages } = await collect(vitals.replay({ count: 10_000 }));
    expect(messages.map(({ sequence }) => sequence)).to.deep.equal(Array.from({ length: 10_000 }, (_, i) => i + 1));
  });

  it("aborted iteration: to leave the loop cancels the call at the server", async () => {
    for await (const { sequence } of vitals.replay({ count: 1_000_000 })) if (sequence === 10) break;
    expect(await server.over(1)).to.deep.equal([undefined]);
    expect(server.sent()).to.be.lessThan(onTheWay);
  });

  it("aborted iteration: to unsubscribe cancels the call at the server", async () => {
    await firstValueFrom(vitals.replay.observe({ count: 1_000_000 }));
    expect(await server.over(1)).to.deep.equal([undefined]);
    expect(server.sent()).to.be.lessThan(1_000_000);
  });

  it("graceful shutdown: a replay runs to its end, a watch is told UNAVAILABLE, and no call is cut", async () => {
    const replayed = vitals.replay({ count: 3_000 })[Symbol.asyncIterator]();
    const watched = vitals.watch(everything)[Symbol.asyncIterator]();
    await Promise.all([replayed.next(), watched.next()]);
    const drained = hosting.drain(60_000);
    const replay = await collect({ [Symbol.asyncIterator]: () => replayed });
    const watch = await collect({ [Symbol.asyncIterator]: () => watched });
    expect(replay.messages.at(-1)?.sequence).to.equal(3_000);
    expect(replay.error).to.equal(undefined);
    expect(watch.error?.code).to.equal(status.UNAVAILABLE);
    expect(await drained).to.equal(0);
  });

  it("forced shutdown: a replay that nobody reads is ended, and the server is down", async () => {
    const rounds = vitals.replay({ count: 1_000_000 })[Symbol.asyncIterator]();
    await rounds.next();
    expect(await hosting.force()).to.equal(1);
    const { error } = await collect({ [Symbol.asyncIterator]: () => rounds });
    expect([status.UNAVAILABLE, status.CANCELLED]).to.include(error?.code);
    const { error: late } = await collect(vitals.replay({ count: 1 }));
    expect((late as CallError).code).to.equal(status.UNAVAILABLE);
  });

  it("back-to-back: 100 calls, one after the other, on one connection", async () => {
    for (let call = 1; call <= 100; call += 1) {
      const { messages } = await collect(vitals.replay({ count: call }));
      expect(messages).to.have.length(call);
    }
    expect(await server.over(100)).to.deep.equal(Array(100).fill(status.OK));
  });

  it("interleaved: a stalled call does not hold up others on its connection", async () => {
    const stalled = vitals.replay({ count: 1_000_000 })[Symbol.asyncIterator]();
    await stalled.next();
    const watched = vitals.watch(everything)[Symbol.asyncIterator]();
    const [one, two] = await Promise.all([
      collect(vitals.replay({ count: 3_000 })),
      collect(vitals.replay({ count: 3_000 })),
      watched.next(),
    ]);
    expect(one.messages).to.have.length(3_000);
    expect(two.messages).to.have.length(3_000);
    expect((await stalled.next()).value.sequence).to.equal(2);
    await Promise.all([stalled.return?.(), watched.return?.()]);
    await server.over(4);
  });

  it("slow reader: the server sends no more than the buffers on the way hold", async () => {
    const rounds = vitals.replay({ count: 1_000_000 })[Symbol.asyncIterator]();
    await rounds.next();
    // Other calls come and go, each with many turns of the event loop; a server that does not wait goes on in them.
    for (let call = 0; call < 20; call += 1) for await (const _round of vitals.replay({ count: 100 }));
    expect(server.sent() - 2_000).to.be.within(17, onTheWay);
    await rounds.return?.();
  });
});
