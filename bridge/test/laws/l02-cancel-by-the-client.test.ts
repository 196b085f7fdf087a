import { getEventListeners } from "node:events";
import { Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallError, type Caller, caller } from "quartet-bridge";
import { NEVER, Observable, Subject, type Subscription } from "rxjs";
import { echo, observe, types } from "../harness/each-type.js";
import { connectTo, gate } from "../harness/loopback.js";
import { countedProbes, failureOf, type Probe, ProbeService, served } from "../harness/probe.js";
import { emitted } from "../harness/unexpected-errors.js";
import { cancelCode, resetsOf, watchFrames } from "../harness/wire/wire-frames.js";
import { law, runs } from "./proof/law.js";

/** A server whose handlers never return. It records the calls that begin and those that are cancelled. */
async function patientServer() {
  const begun: AbortSignal[] = [];
  let aborted = 0;
  let noticed = () => {};
  function begin(call: CallContext): void {
    begun.push(call.signal);
    call.header(new Metadata());
    call.signal.addEventListener("abort", () => {
      aborted += 1;
      noticed();
    });
  }
  function patient(call: CallContext): Promise<never> {
    begin(call);
    return new Promise((_resolve, reject) => {
      call.signal.addEventListener("abort", () => reject(call.signal.reason));
    });
  }
  async function* oneThenNothing(call: CallContext): AsyncGenerator<Probe> {
    begin(call);
    yield { n: 1 };
    await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
  }
  const opened = await served({
    unary: ({ n }, call) => (n < 0 ? { n } : patient(call)),
    serverStreaming: (_request, call) => oneThenNothing(call),
    clientStreaming: (_requests, call) => patient(call),
    bidirectional: (_requests, call) => oneThenNothing(call),
  });
  const relay = await watchFrames(opened.address);
  return {
    ...opened,
    frames: relay.frames,
    /** The methods on their own connection, because some thousand cancels in a row end a connection. */
    another: (): Caller<typeof ProbeService> => caller(ProbeService, connectTo(relay.address)),
    /** Resolves when every call of the connection is cancelled at the server; waits forever if one survives. */
    async allCancelled(calls = opened.calls): Promise<{ begun: number }> {
      // HTTP/2 keeps the order of a connection: after this answer, every earlier call has arrived or never will.
      await calls.unary({ n: -1 });
      await new Promise<void>((resolve) => {
        noticed = () => {
          if (aborted === begun.length) resolve();
        };
        noticed();
      });
      return { begun: begun.length };
    },
  };
}

const idle = NEVER as Observable<Probe>;

const moments: Record<string, (unsubscribe: () => void) => void> = {
  "in the turn that made the call": (unsubscribe) => unsubscribe(),
  "one microtask later": (unsubscribe) => queueMicrotask(unsubscribe),
  "one tick later": (unsubscribe) => process.nextTick(unsubscribe),
  "one turn of the event loop later": (unsubscribe) => setImmediate(unsubscribe),
  twice: (unsubscribe) => {
    unsubscribe();
    setImmediate(unsubscribe);
  },
};

law("L2", "a call that the client ends stops at the server, with at most one RST_STREAM", ({ ran, figure, event }) => {
  for (const type of types) {
    for (const [moment, when] of Object.entries(moments)) {
      const times = runs(5000);
      it(`${type}: unsubscribed ${moment}, ${times} times, none survives, and no error is seen`, async () => {
        const server = await patientServer();
        const seen: unknown[] = [];
        for (let done = 0; done < times; done += 250) {
          const calls = server.another();
          await calls.unary({ n: -1 });
          for (let run = done; run < Math.min(times, done + 250); run += 1) {
            const subscription = observe[type](calls, idle).subscribe({ error: (error) => seen.push(error) });
            await new Promise<void>((resolve) => {
              when(() => {
                subscription.unsubscribe();
                resolve();
              });
            });
          }
          event(`${done} and more unsubscribed`);
          await server.allCancelled(calls);
          // When one more call is answered, the server has seen everything that was sent earlier.
          await calls.unary({ n: -1 });
        }
        ran(times);
        expect(seen).to.deep.equal([]);
        figure("RST_STREAM frames on a stream", Math.max(0, ...resetsOf(server.frames).values()), 1, type);
        expect(server.frames.every(({ code = cancelCode }) => code === cancelCode)).to.equal(true);
      });
    }

    it(`${type}: unsubscribed when the headers come, the call ends at the server`, async () => {
      const server = await patientServer();
      const headers = gate();
      const subscription = observe[type](server.calls, idle, { onHeaders: () => headers.open() }).subscribe();
      await headers.opened;
      subscription.unsubscribe();
      expect((await server.allCancelled()).begun).to.equal(1);
    });

    it(`${type}: a signal that aborts ends the call with CANCELLED, at once if it has aborted already`, async () => {
      const server = await patientServer();
      const abort = new AbortController();
      const [ended, begun] = [gate<CallError>(), gate()];
      observe[type](server.calls, idle, { signal: abort.signal, onHeaders: () => begun.open() }).subscribe({
        error: ended.open,
      });
      await begun.opened;
      abort.abort();
      expect((await ended.opened).code).to.equal(status.CANCELLED);
      expect((await server.allCancelled()).begun).to.equal(1);
      const again = gate<CallError>();
      observe[type](server.calls, idle, { signal: AbortSignal.abort() }).subscribe({ error: again.open });
      expect((await again.opened).code).to.equal(status.CANCELLED);
      await server.allCancelled();
    });
  }

  for (const type of types) {
    const times = runs(400);
    it(`${type}: unsubscribed in complete and again after it, ${times} times: no RST_STREAM`, async () => {
      const { address } = await served(echo);
      const { address: watched, frames } = await watchFrames(address);
      const calls = caller(ProbeService, connectTo(watched));
      for (let run = 1; run <= times; run += 1) {
        await new Promise<void>((resolve, reject) => {
          const subscription = observe[type](calls, [{ n: 0 }]).subscribe({
            error: reject,
            complete() {
              subscription.unsubscribe();
              resolve();
            },
          });
          subscription.add(() => setImmediate(() => subscription.unsubscribe()));
        });
        event(`completed ${run} times`);
      }
      await calls.unary({ n: 0 });
      figure("RST_STREAM frames after the end", resetsOf(frames).size, 0, type);
      ran(times);
    });
  }

  for (const type of ["serverStreaming", "bidirectional"] as const) {
    it(`${type}: unsubscribed inside the first next, it ends at the server and gives no more`, async () => {
      const server = await patientServer();
      const messages: Probe[] = [];
      const first = gate();
      const subscription: Subscription = observe[type](server.calls, idle).subscribe((message) => {
        messages.push(message);
        subscription.unsubscribe();
        first.open();
      });
      await first.opened;
      expect((await server.allCancelled()).begun).to.equal(1);
      expect(messages).to.have.length(1);
    });

    for (const leave of ["break", "return", "throw"] as const) {
      it(`${type}: left by ${leave}, the call ends at the server`, async () => {
        const server = await patientServer();
        async function loop(): Promise<void> {
          const { calls } = server;
          const stream = type === "bidirectional" ? calls.bidirectional(idle) : calls.serverStreaming({ n: 1 });
          for await (const _message of stream) {
            if (leave === "break") break;
            if (leave === "return") return;
            throw new Error("out of the loop");
          }
        }
        const outcome = await loop().catch((error: Error) => error.message);
        expect(outcome).to.equal(leave === "throw" ? "out of the loop" : undefined);
        expect((await server.allCancelled()).begun).to.equal(1);
      });
    }

    it(`${type}: an iterator that is returned before its first next never makes a call, and stays done`, async () => {
      const server = await patientServer();
      const { calls } = server;
      const stream = type === "bidirectional" ? calls.bidirectional(idle) : calls.serverStreaming({ n: 1 });
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.return?.();
      expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
      expect((await server.allCancelled()).begun).to.equal(0);
    });
  }

  it("an iterator that is returned inside the source's first next, while it makes the call, ends the call", async () => {
    const server = await patientServer();
    await server.calls.unary({ n: -1 });
    const source = new Observable<Probe>(() => void responses.return?.());
    const responses: AsyncIterator<Probe> = server.calls.bidirectional(source)[Symbol.asyncIterator]();
    expect(await responses.next()).to.deep.equal({ done: true, value: undefined });
    await server.allCancelled();
  });

  it("a hundred concurrent calls with one signal leave no listener on it, and cause no warning", async () => {
    const warnings = emitted("warning");
    const server = await patientServer();
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 100 }, () => server.calls.unary({ n: -1 }, { signal })));
    expect(getEventListeners(signal, "abort")).to.deep.equal([]);
    expect(warnings).to.deep.equal([]);
  });

  for (const type of ["clientStreaming", "bidirectional"] as const) {
    it(`${type}: unsubscribing finalizes the source of the requests once, pulled or pushed`, async () => {
      const server = await patientServer();
      const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(10_000));
      const subject = new Subject<Probe>();
      const [pulling, pushing] = [gate(), gate()];
      const pulled = server.calls[type].observe(source(), { onHeaders: () => pulling.open() }).subscribe();
      const pushed = server.calls[type].observe(subject, { onHeaders: () => pushing.open() }).subscribe();
      await Promise.all([pulling.opened, pushing.opened]);
      expect([state.finalized, subject.observed]).to.deep.equal([0, true]);
      pulled.unsubscribe();
      pushed.unsubscribe();
      await server.allCancelled();
      expect([state.finalized, subject.observed]).to.deep.equal([1, false]);
    });
  }

  it("an error after the end of the subscription is not an uncaught error", async () => {
    const uncaught = emitted("uncaughtException");
    const server = await patientServer();
    for (const type of types) observe[type](server.calls, idle).subscribe().unsubscribe();
    await server.allCancelled();
    server.server.forceShutdown();
    expect(await failureOf(server.calls.unary({ n: -1 }))).to.have.property("code", status.UNAVAILABLE);
    expect(uncaught).to.deep.equal([]);
  });
});
