import { Readable } from "node:stream";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { buffered, type CallError, caller, failWhenFull, mapOnDemand, type Source, StatusError } from "quartet-bridge";
import { from, Subject, takeUntil } from "rxjs";
import { gate } from "../harness/loopback.js";
import { collect, failureOf, type Probe, ProbeService, served, throwing } from "../harness/probe.js";
import { expectUnexpected, loggedErrors } from "../harness/unexpected-errors.js";

describe("a function for a source", () => {
  it("is not called if the call is over before", async () => {
    const { calls } = await served({ clientStreaming: () => ({ n: 0 }), bidirectional: (requests) => requests });
    let called = 0;
    const requests = () => {
      called += 1;
      return [];
    };
    const signal = AbortSignal.abort();
    await failureOf(calls.clientStreaming(requests, { signal }));
    await failureOf(collect(calls.bidirectional(requests, { signal })));
    expect(called).to.equal(0);
  });

  it("that throws is the failure of the source, on both sides", async () => {
    expectUnexpected("no file");
    const failing = throwing(new Error("no file"));
    const { calls } = await served({
      serverStreaming: () => failing,
      clientStreaming: async () => new Promise<never>(() => {}),
    });
    expect(await failureOf(calls.clientStreaming(failing))).to.have.property("message", "no file");
    expect(await failureOf(collect(calls.serverStreaming({ n: 0 })))).to.have.property("code", status.UNKNOWN);
  });

  it("that ends its own call returns a source that is never read", async () => {
    const { calls } = await served({ clientStreaming: async () => new Promise<never>(() => {}) });
    const gone = new Subject<void>();
    const stream = new Readable({ objectMode: true, read() {} });
    const requests = () => {
      gone.next();
      return stream;
    };
    calls.clientStreaming.observe(requests).pipe(takeUntil(gone)).subscribe();
    await new Promise((resolve) => stream.on("close", resolve));
  });
});

describe("a stream of Node as a source", () => {
  /** A stream that gives one message and then nothing, and a gate that opens when it is destroyed. */
  function stalled(options: { autoDestroy?: boolean } = {}) {
    const closed = gate();
    let given = false;
    const stream = new Readable({
      objectMode: true,
      read() {
        if (!given) this.push({ n: 1 });
        given = true;
      },
      ...options,
    }).on("close", closed.open);
    return { stream, closed: closed.opened };
  }

  it("is destroyed when it was read to its end, also without autoDestroy", async () => {
    for (const autoDestroy of [true, false]) {
      const { stream, closed } = stalled({ autoDestroy });
      const { calls } = await served({ serverStreaming: () => stream });
      stream.push(null);
      await collect(calls.serverStreaming({ n: 0 }));
      await closed;
    }
  });

  it("is destroyed when the peer ends the call while the stream is silent, on both sides, alone and mapped", async () => {
    for (const mapped of [false, true]) {
      const [server, client, other] = [stalled(), stalled(), stalled()];
      const sourceOf = (stream: Readable): Source<Probe> => (mapped ? mapOnDemand(stream, (same) => same) : stream);
      const { calls } = await served({
        serverStreaming: () => sourceOf(server.stream),
        clientStreaming: async (requests) => {
          for await (const request of requests) return request;
          return { n: 0 };
        },
        async bidirectional(requests) {
          for await (const _request of requests) break;
          throw new StatusError(status.ABORTED, "enough");
        },
      });
      for await (const _message of calls.serverStreaming({ n: 0 })) break;
      await calls.clientStreaming(sourceOf(client.stream));
      await failureOf(collect(calls.bidirectional(sourceOf(other.stream))));
      await Promise.all([server.closed, client.closed, other.closed]);
    }
  });

  it("is destroyed at the deadline, and when the caller leaves", async () => {
    const { calls } = await served({ clientStreaming: () => new Promise<never>(() => {}) });
    const [late, left] = [stalled(), stalled()];
    await failureOf(calls.clientStreaming(late.stream, { timeoutMs: 50 }));
    calls.clientStreaming.start(left.stream).cancel();
    await Promise.all([late.closed, left.closed]);
  });

  it("is destroyed if the call ends before the first read", async () => {
    const { calls } = await served({ clientStreaming: () => new Promise<never>(() => {}) });
    const { stream, closed } = stalled();
    await failureOf(calls.clientStreaming(stream, { signal: AbortSignal.abort() }));
    await closed;
  });

  it("is destroyed if a handler returns it when the client has left", async () => {
    const [begun, left] = [gate(), gate()];
    const { stream, closed } = stalled();
    const { calls } = await served({
      async serverStreaming(_request, { signal }) {
        signal.addEventListener("abort", () => left.open());
        begun.open();
        await left.opened;
        return stream;
      },
    });
    const subscription = calls.serverStreaming.observe({ n: 0 }).subscribe();
    await begun.opened;
    subscription.unsubscribe();
    await closed;
  });

  it("that fails after it was destroyed is logged, and does not end the process", async () => {
    const { events, first } = loggedErrors("no such file");
    const failing = new Readable({
      read() {},
      destroy(_error, done) {
        done(new Error("no such file"));
      },
    });
    const { calls } = await served({ clientStreaming: () => new Promise<never>(() => {}) });
    const requests = failing as AsyncIterable<Probe>;
    await failureOf(calls.clientStreaming(requests, { signal: AbortSignal.abort() }));
    await first;
    expect(events[0]?.error).to.have.property("message", "no such file");
  });
});

describe("an Observable that gives more than its outbox holds when it is subscribed", () => {
  const rows = Array.from({ length: 5000 }, (_, n) => ({ n, load: "x".repeat(100) }));
  const cause = /Observable.*subscribed.*return the iterable itself/;

  it("fails with an error that does not blame the reader, on both sides", async () => {
    const { calls } = await served({
      serverStreaming: () => from(rows),
      bidirectional: () => buffered(from(rows), failWhenFull({ messages: 10 })),
      clientStreaming: async (requests) => ({ n: (await collect(requests)).length }),
    });
    const failures = [
      collect(calls.serverStreaming({ n: 0 })),
      collect(calls.bidirectional([])),
      calls.clientStreaming(from(rows)),
    ].map(failureOf);
    for (const failure of failures) {
      const { code, details } = (await failure) as CallError;
      expect(code).to.equal(status.RESOURCE_EXHAUSTED);
      expect(details).to.match(cause);
    }
  });

  it("fails with such an error while the middleware of its call waits", async () => {
    const { client } = await served({ clientStreaming: async (requests) => ({ n: (await collect(requests)).length }) });
    const calls = caller(ProbeService, client, { middleware: [async () => {}] });
    const { details } = (await failureOf(calls.clientStreaming(from(rows)))) as CallError;
    expect(details).to.match(/Observable.*middleware.*send the iterable itself/);
  });
});
