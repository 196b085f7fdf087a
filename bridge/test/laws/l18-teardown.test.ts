import { getEventListeners } from "node:events";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type Caller, type CallOptions, caller, type Source, StatusError } from "quartet-bridge";
import { concat, from, ignoreElements, Observable, of, type Subscription } from "rxjs";
import { observe, type Type, types } from "../harness/each-type.js";
import { type Gate, gate } from "../harness/loopback.js";
import { type Probe, ProbeService, served } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { law, runs } from "./proof/law.js";

/** Counts the sources and handlers of one side that have begun, and those that were finalized. */
function counted() {
  const state = { begun: 0, finalized: 0 };
  let changed = gate();
  return {
    state,
    begin(): () => void {
      state.begun += 1;
      return () => {
        state.finalized += 1;
        changed.open();
      };
    },
    /** Settles when everything that began was finalized. */
    async settled(): Promise<void> {
      while (state.finalized < state.begun) {
        await changed.opened;
        changed = gate();
      }
    },
  };
}

type Counted = ReturnType<typeof counted>;

/** How a side is told to end: with OK, or with this error. */
type End = Gate<StatusError | undefined>;

async function ending(end: End): Promise<undefined> {
  const error = await end.opened;
  if (error) throw error;
  return undefined;
}

/** A source that gives one message and waits until it is told to end. */
function watched(pushed: boolean, side: Counted, end: End, signal?: AbortSignal): Source<Probe> {
  if (pushed) {
    return new Observable<Probe>((subscriber) => {
      subscriber.add(side.begin());
      return concat(of({ n: 1 }), from(ending(end)).pipe(ignoreElements())).subscribe(subscriber);
    });
  }
  async function* pulled(): AsyncGenerator<Probe> {
    const finalize = side.begin();
    try {
      yield { n: 1 };
      await (signal ? Promise.race([ending(end), gone(signal)]) : ending(end));
    } finally {
      finalize();
    }
  }
  return pulled();
}

function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}

async function drain(requests: AsyncIterable<Probe>): Promise<Probe> {
  for await (const _request of requests);
  return { n: 0 };
}

/** A server whose handlers wait until they are told to end. It records the one call that is made at a time. */
async function waitingServer() {
  const side = counted();
  const now = { end: gate<StatusError | undefined>(), pushed: false };
  async function handle(call: CallContext, otherwise: Promise<Probe>): Promise<Probe> {
    const finalize = side.begin();
    try {
      call.header(call.metadata);
      return (await Promise.race([ending(now.end), gone(call.signal), otherwise])) ?? { n: 1 };
    } finally {
      finalize();
    }
  }
  const opened = await served({
    unary: ({ n }, call) => (n < 0 ? { n } : handle(call, new Promise(() => {}))),
    serverStreaming: (_request, call) => watched(now.pushed, side, now.end, call.signal),
    clientStreaming: (requests, call) => handle(call, drain(requests)),
    bidirectional(requests, call) {
      drain(requests).catch(() => {});
      return watched(now.pushed, side, now.end, call.signal);
    },
  });
  return { ...opened, side, now };
}

/** One call, and each way to end it. Each way may be used at any time, and again. */
function oneCall(calls: Caller<typeof ProbeService>, type: Type, observed: boolean, serverEnd: End, pushed: boolean) {
  const client = counted();
  const clientEnd = gate<StatusError | undefined>();
  const abort = new AbortController();
  const [opened, over, outcome] = [gate(), gate(), gate()];
  const seen = { statuses: 0, outcomes: 0 };
  const options: CallOptions = {
    signal: abort.signal,
    onHeaders: () => opened.open(),
    onStatus: () => {
      seen.statuses += 1;
      over.open();
    },
  };
  const ended = () => {
    seen.outcomes += 1;
    outcome.open();
  };
  const requests = () => watched(pushed, client, clientEnd);
  const hasRequests = ProbeService[type].requestStream;
  let leave: () => void;
  if (observed || type === "unary" || type === "clientStreaming") {
    const subscription: Subscription = observe[type](calls, hasRequests ? requests() : [], options).subscribe({
      error: ended,
      complete: ended,
    });
    leave = () => subscription.unsubscribe();
  } else {
    const responses =
      type === "bidirectional" ? calls.bidirectional(requests(), options) : calls.serverStreaming({ n: 1 }, options);
    const iterator = responses[Symbol.asyncIterator]();
    const read = async (): Promise<void> => {
      while (!(await iterator.next()).done);
    };
    read().then(ended, ended);
    leave = () => void iterator.return?.();
  }
  const error = () => new StatusError(status.ABORTED, "told to fail");
  return {
    client,
    seen,
    signal: abort.signal,
    opened: opened.opened,
    over: over.opened,
    outcome: outcome.opened,
    ways: {
      "the client leaves": leave,
      "the signal aborts": () => abort.abort(),
      "the requests fail": () => clientEnd.open(error()),
      "the requests end": () => clientEnd.open(undefined),
      "the handler fails": () => serverEnd.open(error()),
      "the handler ends": () => serverEnd.open(undefined),
    },
  };
}

const moments: ((act: () => void) => void)[] = [
  (act) => act(),
  (act) => queueMicrotask(act),
  (act) => process.nextTick(act),
  (act) => setImmediate(act),
  (act) => setImmediate(() => setImmediate(act)),
];

law("L18", "teardown is idempotent: a call that is ended in several ways ends once", ({ ran, event }) => {
  const times = runs(10_000);
  it(`${times} calls, each ended in up to four ways at random moments (SEED=${seed})`, async () => {
    const chance = random(seed);
    const oneOf = <T>(things: readonly T[]): T => things[Math.floor(chance() * things.length)] as T;
    const server = await waitingServer();
    for (let done = 0; done < times; done += 250) {
      // Some thousand cancels in a row end a connection.
      const calls = caller(ProbeService, server.connect());
      await calls.unary({ n: -1 });
      for (let run = done; run < Math.min(times, done + 250); run += 1) {
        const type = oneOf(types);
        server.now.end = gate();
        server.now.pushed = chance() < 0.5;
        const call = oneCall(calls, type, chance() < 0.5, server.now.end, chance() < 0.5);
        if (chance() < 0.7) await call.opened;
        const names = Array.from({ length: 1 + Math.floor(chance() * 4) }, () =>
          oneOf(Object.keys(call.ways) as (keyof typeof call.ways)[]),
        );
        event(`run ${run}: ${type}, ${names.join(", ")}`);
        await Promise.all(
          names.map((name) => new Promise<void>((resolve) => oneOf(moments)(() => resolve(call.ways[name]())))),
        );
        // Every way again: a call that is over must ignore it.
        for (const way of Object.values(call.ways)) way();
        await call.over;
        await calls.unary({ n: -1 });
        await Promise.all([server.side.settled(), call.client.settled()]);
        const { begun, finalized } = call.client.state;
        expect(finalized, "sources of the client finalized").to.equal(begun);
        expect(begun, "sources of the client begun").to.be.at.most(1);
        expect(call.seen.statuses, "statuses").to.equal(1);
        expect(call.seen.outcomes, "outcomes").to.be.at.most(1);
        expect(getEventListeners(call.signal, "abort")).to.have.length(0);
      }
    }
    const { begun, finalized } = server.side.state;
    expect(finalized, "sources of the server finalized").to.equal(begun);
    expect(begun).to.be.within(1, times);
    ran(times);
  });

  for (const type of types) {
    it(`${type}: a call whose server is shut down by force ends once, however often it is ended later`, async () => {
      const server = await waitingServer();
      const call = oneCall(server.calls, type, true, server.now.end, true);
      await call.opened;
      server.server.forceShutdown();
      await Promise.all([call.over, call.outcome]);
      for (const way of Object.values(call.ways)) way();
      await Promise.all([server.side.settled(), call.client.settled()]);
      expect(call.seen).to.deep.equal({ statuses: 1, outcomes: 1 });
      expect(server.side.state).to.deep.equal({ begun: 1, finalized: 1 });
    });
  }
});
