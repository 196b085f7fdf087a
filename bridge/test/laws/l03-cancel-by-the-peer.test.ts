import { once } from "node:events";
import { type ClientHttp2Session, constants } from "node:http2";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import type { CallContext, StatusError } from "quartet-bridge";
import { Observable, Subject } from "rxjs";
import { acting, answering, begin, types } from "../harness/each-type.js";
import { gate } from "../harness/loopback.js";
import { countedProbes, type Probe, ProbeService, served } from "../harness/probe.js";
import { framed, rawCallOn, rawConnection } from "../harness/wire/raw-call.js";
import { law } from "./proof/law.js";

const never = new Promise<never>(() => {});

law("L3", "when the peer cancels, the handler's work stops", ({ repeat }) => {
  for (const type of types) {
    repeat(100, `${type}: the signal aborts with CANCELLED`, async () => {
      const [begun, aborted] = [gate(), gate<StatusError>()];
      const wait = (call: { signal: AbortSignal }): Promise<never> => {
        call.signal.addEventListener("abort", () => aborted.open(call.signal.reason));
        begun.open();
        return never;
      };
      const { calls } = await served(answering(wait));
      const call = begin[type](calls);
      await begun.opened;
      call.cancel();
      expect((await aborted.opened).code).to.equal(status.CANCELLED);
    });
  }

  repeat(100, "a generator that waits for a reader that does not read is returned at once", async () => {
    const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(10_000));
    const finalized = gate();
    async function* responses(): AsyncGenerator<Probe> {
      try {
        yield* source();
      } finally {
        finalized.open();
      }
    }
    const { calls } = await served({ serverStreaming: responses });
    for await (const { n } of calls.serverStreaming({ n: 1 })) if (n === 3) break;
    await finalized.opened;
    const given = state.given;
    await new Promise((resolve) => setImmediate(resolve));
    expect(state).to.deep.equal({ given, finalized: 1 });
  });

  repeat(100, "an Observable is unsubscribed at once, idle or emitting", async () => {
    for (const emits of [false, true]) {
      const [subscribed, unsubscribed] = [gate(), gate()];
      const source = new Observable<Probe>((subscriber) => {
        if (emits) subscriber.next({ n: 1 });
        subscribed.open();
        return () => unsubscribed.open();
      });
      const { calls } = await served({ serverStreaming: () => source });
      const call = calls.serverStreaming.observe({ n: 1 }).subscribe();
      await subscribed.opened;
      call.unsubscribe();
      await unsubscribed.opened;
    }
  });

  repeat(100, "a source that an async handler returns after the call is over is never started", async () => {
    const [begun, release, released] = [gate(), gate(), gate()];
    let subscribed = 0;
    const untouched = new Observable<Probe>(() => {
      subscribed += 1;
    });
    const { state, source } = countedProbes(3);
    for (const responses of [source(), untouched]) {
      const { calls } = await served({
        serverStreaming: async (_request, call) => {
          begun.open();
          await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
          await release.opened;
          setImmediate(released.open);
          return responses;
        },
      });
      const call = calls.serverStreaming.observe({ n: 1 }).subscribe();
      await begun.opened;
      call.unsubscribe();
      release.open();
      await released.opened;
    }
    expect([subscribed, state.given]).to.deep.equal([0, 0]);
  });

  repeat(100, "a loop that waits for the next request gets an error, and its finally runs", async () => {
    const [seen, begun] = [gate<StatusError>(), gate()];
    const { calls } = await served({
      async *bidirectional(requests): AsyncGenerator<Probe> {
        try {
          for await (const request of requests) {
            begun.open();
            yield request;
          }
        } catch (error) {
          seen.open(error as StatusError);
          throw error;
        }
      },
    });
    const requests = new Subject<Probe>();
    const call = calls.bidirectional.observe(requests).subscribe();
    requests.next({ n: 1 });
    await begun.opened;
    call.unsubscribe();
    expect((await seen.opened).code).to.equal(status.CANCELLED);
  });

  repeat(300, "a generator that awaits something else is returned when that settles, and gives no more", async () => {
    const [begun, release, finalized] = [gate(), gate(), gate()];
    const signal = gate<AbortSignal>();
    const { calls } = await served({
      async *serverStreaming(_request, call): AsyncGenerator<Probe> {
        signal.open(call.signal);
        try {
          begun.open();
          await release.opened;
          yield { n: 1 };
        } finally {
          finalized.open();
        }
      },
    });
    const call = calls.serverStreaming.observe({ n: 1 }).subscribe();
    await begun.opened;
    call.unsubscribe();
    const aborting = await signal.opened;
    if (!aborting.aborted) await new Promise((resolve) => aborting.addEventListener("abort", resolve));
    release.open();
    await finalized.opened;
  });

  repeat(100, "a lost connection is a cancel too", async () => {
    const [begun, aborted] = [gate(), gate<StatusError>()];
    const opened = await served({
      async *serverStreaming(_request, call): AsyncGenerator<Probe> {
        call.signal.addEventListener("abort", () => aborted.open(call.signal.reason));
        yield { n: 1 };
        begun.open();
        await aborted.opened;
      },
    });
    const errors: unknown[] = [];
    opened.calls.serverStreaming.observe({ n: 1 }).subscribe({ error: (error) => errors.push(error) });
    await begun.opened;
    opened.server.forceShutdown();
    expect((await aborted.opened).code).to.equal(status.CANCELLED);
  });

  repeat(100, "a call that succeeded aborts nothing, although grpc-js emits 'cancelled' after it too", async () => {
    const signals: AbortSignal[] = [];
    const { calls } = await served(acting(({ signal }) => signals.push(signal)));
    await calls.unary({ n: 1 });
    for await (const _message of calls.serverStreaming({ n: 1 }));
    await calls.unary({ n: 1 });
    expect(signals.slice(0, 2).map(({ aborted }) => aborted)).to.deep.equal([false, false]);
  });
});

const request = framed(ProbeService.unary.requestSerialize({ n: 1 }));

/**
 * Sends a complete request, and cancels the call instead of half-closing it, for which a handler of one request waits.
 */
async function requestWithoutEnd(session: ClientHttp2Session, path: string): Promise<void> {
  const stream = rawCallOn(session, path);
  await new Promise<void>((resolve) => stream.write(request, () => resolve()));
  stream.close(constants.NGHTTP2_CANCEL);
  await once(stream, "close");
}

law("L3", "a request that is cancelled, not half-closed: a handler that it starts gets the cancel", ({ repeat }) => {
  for (const method of ["unary", "serverStreaming"] as const) {
    for (const window of [undefined, false] as const) {
      repeat(20, `${method}, ${window === false ? "grpc-js's own pace" : "a write window"}`, async () => {
        const begun: AbortSignal[] = [];
        const handle = (_request: Probe, { signal }: CallContext) => {
          begun.push(signal);
          return new Promise<never>(() => {});
        };
        const { address } = await served(
          { unary: handle, serverStreaming: handle },
          window === false ? { window } : {},
        );
        const session = rawConnection(address);
        await requestWithoutEnd(session, ProbeService[method].path);
        // After an answer on the same connection the server has seen everything, and two turns later it has reacted.
        const ping = () => new Promise<void>((resolve) => session.ping(() => resolve()));
        await ping();
        await ping();
        expect(begun.map((signal) => signal.aborted)).not.to.include(false);
      });
    }
  }
});
