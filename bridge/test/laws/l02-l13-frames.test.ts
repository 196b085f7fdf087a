import { once } from "node:events";
import { expect } from "chai";
import { type CallContext, type Caller, caller } from "quartet-bridge";
import { concat, NEVER, type Observable, of, Subject } from "rxjs";
import { connectTo, gate } from "../harness/loopback.js";
import { type Probe, ProbeService, served } from "../harness/probe.js";
import { type Frame, rstStream, watchFrames } from "../harness/wire-frames.js";
import { law, runs } from "./proof/law.js";

const cancel = 8;

/** A server whose handlers answer at once, or wait for the cancel; and what its client sends, frame by frame. */
async function watchedServer() {
  async function wait({ signal }: CallContext): Promise<never> {
    if (!signal.aborted) await once(signal, "abort");
    throw signal.reason;
  }
  async function* respond(n: number, call: CallContext): AsyncGenerator<Probe> {
    yield { n };
    if (n > 0) await wait(call);
  }
  async function first(requests: AsyncIterable<Probe>): Promise<number> {
    for await (const { n } of requests) return n;
    return 0;
  }
  const { address } = await served({
    unary: ({ n }, call) => (n > 0 ? wait(call) : { n }),
    serverStreaming: ({ n }, call) => respond(n, call),
    clientStreaming: async (requests, call) => ((await first(requests)) > 0 ? wait(call) : { n: 0 }),
    async *bidirectional(requests, call) {
      yield* respond(await first(requests), call);
    },
  });
  const relay = await watchFrames(address);
  const calls = caller(ProbeService, connectTo(relay.address));
  return {
    calls,
    /** What was sent up to now: the answer to a call says that everything before it has arrived. */
    async sent(): Promise<Frame[]> {
      await calls.unary({ n: 0 });
      return relay.frames;
    },
  };
}

const observed: Record<string, (calls: Caller<typeof ProbeService>, n: number) => Observable<Probe>> = {
  unary: (calls, n) => calls.unary.observe({ n }),
  "server streaming": (calls, n) => calls.serverStreaming.observe({ n }),
  "client streaming": (calls, n) => calls.clientStreaming.observe(n > 0 ? concat(of({ n }), NEVER) : [{ n }]),
  bidirectional: (calls, n) => calls.bidirectional.observe(n > 0 ? concat(of({ n }), NEVER) : [{ n }]),
};

const moments: Record<string, (unsubscribe: () => void) => void> = {
  "in the turn that made the call": (unsubscribe) => unsubscribe(),
  "one microtask later": (unsubscribe) => queueMicrotask(unsubscribe),
  "one tick later": (unsubscribe) => process.nextTick(unsubscribe),
  "a turn later, and again": (unsubscribe) => {
    setImmediate(unsubscribe);
    setImmediate(() => setImmediate(unsubscribe));
  },
};

function resets(frames: readonly Frame[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { type, stream } of frames) if (type === rstStream) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  return counts;
}

law("L2", "at most one RST_STREAM ends a call, none where it never opened or has ended", ({ ran, figure, event }) => {
  const times = runs(400);
  for (const [type, observe] of Object.entries(observed)) {
    for (const [moment, when] of Object.entries(moments)) {
      it(`${type}: unsubscribed ${moment}, ${times} times`, async () => {
        const { calls, sent } = await watchedServer();
        await sent();
        for (let run = 1; run <= times; run += 1) {
          const subscription = observe(calls, 1).subscribe();
          await new Promise<void>((resolve) => {
            when(() => {
              subscription.unsubscribe();
              resolve();
            });
          });
          event(`unsubscribed ${run} times`);
        }
        // The second unsubscribe, and the cancel of the last one, are a few turns away.
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        const frames = await sent();
        const opened = new Set(frames.map(({ stream }) => stream));
        const counts = resets(frames);
        figure("RST_STREAM frames on a stream", Math.max(0, ...counts.values()), 1, type);
        expect(counts.size).to.be.at.most(times).and.at.most(opened.size);
        expect(frames.flatMap(({ code }) => code ?? [])).to.satisfy((codes: number[]) =>
          codes.every((code) => code === cancel),
        );
        ran(times);
      });
    }

    it(`${type}: unsubscribed in complete and again behind it, ${times} times: none`, async () => {
      const { calls, sent } = await watchedServer();
      for (let run = 1; run <= times; run += 1) {
        await new Promise<void>((resolve, reject) => {
          const subscription = observe(calls, 0).subscribe({
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
      figure("RST_STREAM frames after the end", resets(await sent()).size, 0, type);
      ran(times);
    });
  }
});

law("L13", "a client's source that fails resets the stream with CANCEL, once", ({ ran, event }) => {
  for (const type of ["clientStreaming", "bidirectional"] as const) {
    const times = runs(400);
    it(`${type}: in mid-stream, ${times} times`, async () => {
      const { calls, sent } = await watchedServer();
      await sent();
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
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const frames = await sent();
      const reset = frames.filter(({ type: kind }) => kind === rstStream);
      expect(new Set(reset.map(({ stream }) => stream)).size, "RST_STREAM twice on a stream").to.equal(reset.length);
      expect(reset.every(({ code }) => code === cancel)).to.equal(true);
      if (type === "bidirectional") expect(reset).to.have.length(times);
      ran(times);
    });
  }
});
