import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type Caller, caller, type Outgoing, resuming, StatusError } from "quartet-bridge";
import { Hub } from "quartet-bridge/hub";
import {
  concat,
  ignoreElements,
  map,
  NEVER,
  type Observable,
  of,
  publish,
  refCount,
  share,
  tap,
  throwError,
} from "rxjs";
import { answering } from "../harness/each-type.js";
import { gate } from "../harness/loopback.js";
import { type Probe, ProbeService, served, throwing } from "../harness/probe.js";
import { expectUnexpected, loggedErrors } from "../harness/unexpected-errors.js";
import { law } from "./proof/law.js";

const late = new Error("while it cleaned up");

function endless(leave: () => Promise<never>): AsyncIterable<Probe> {
  const next = async () => ({ done: false, value: { n: 1 } });
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
}

/** Sources that give one message, wait, and fail when they are stopped. */
const sources: Record<string, () => AsyncIterable<Outgoing<Probe>> | Observable<Outgoing<Probe>>> = {
  async *"an async generator"() {
    try {
      for (let n = 1; ; n += 1) yield { n };
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: the test is about the error of a clean-up
      throw late;
    }
  },
  "an iterator whose return throws": () => endless(throwing(late)),
  "an iterator whose return rejects": () => endless(() => Promise.reject(late)),
  "an iterator whose next rejects after the call": () => {
    let asked = 0;
    return {
      [Symbol.asyncIterator]: () => {
        const stopped = gate();
        return {
          async next() {
            asked += 1;
            if (asked === 1) return { done: false, value: { n: 1 } };
            await stopped.opened;
            throw late;
          },
          async return() {
            stopped.open();
            return { done: true as const, value: undefined };
          },
        };
      },
    };
  },
};

class Listener {
  readonly #tell: (message: Probe) => void;

  constructor(tell: (message: Probe) => void) {
    this.#tell = tell;
  }

  next(message: Probe): void {
    this.#tell(message);
  }
}

/** Ways to subscribe without an error handler; `tell` gets each message. */
const withoutHandler: Record<string, (messages: Observable<Probe>, tell: (message: Probe) => void) => void> = {
  "with a function": (messages, tell) => messages.subscribe(tell),
  "with an object": (messages, tell) => messages.subscribe(new Listener(tell)),
  "with nothing": (messages, tell) => messages.pipe(tap(tell)).subscribe(),
  "through operators": (messages, tell) =>
    messages
      .pipe(
        map((message) => message),
        share(),
      )
      .subscribe({ next: tell }),
};

const refused = new StatusError(status.FAILED_PRECONDITION, "not now");

/** Observables of a client. Each fails, because the server refuses the call. */
const observables: Record<string, (calls: Caller<typeof ProbeService>) => Observable<unknown>> = {
  "of a unary call": ({ unary }) => unary.observe({ n: 1 }),
  "of a server-streaming call": ({ serverStreaming }) => serverStreaming.observe({ n: 1 }),
  "of a client-streaming call": ({ clientStreaming }) => clientStreaming.observe([]),
  "of a bidirectional call": ({ bidirectional }) => bidirectional.observe([]),
  "of a handle": ({ bidirectional }) => bidirectional.start([]).observe(),
};

law("L25", "an error that no code handles goes to the log", () => {
  for (const [what, source] of Object.entries(sources)) {
    it(`of ${what}, which a client sends when it cancels the call`, async () => {
      const log = loggedErrors(late.message);
      const arrived = gate();
      const { calls } = await served({
        bidirectional: (requests) =>
          requests.observe().pipe(
            tap(() => arrived.open()),
            ignoreElements(),
          ),
      });
      const handle = calls.bidirectional.start(source());
      await arrived.opened;
      handle.cancel();
      await log.first;
      expect(log.events).to.deep.equal([{ path: "/test.Probe/Bidirectional", error: late }]);
    });

    it(`of ${what}, which a server sends when the client leaves`, async () => {
      const log = loggedErrors(late.message);
      const { calls } = await served({ serverStreaming: source });
      for await (const _ of calls.serverStreaming({ n: 1 })) break;
      await log.first;
      expect(log.events).to.deep.equal([{ path: "/test.Probe/ServerStreaming", error: late }]);
    });
  }

  for (const [how, subscribe] of Object.entries(withoutHandler)) {
    it(`of requests that a handler observes ${how} when their client leaves`, async () => {
      const log = loggedErrors("CANCELLED");
      const arrived = gate<Probe>();
      const { calls } = await served({
        bidirectional(requests) {
          subscribe(requests.observe(), arrived.open);
          return NEVER;
        },
      });
      const handle = calls.bidirectional.start(concat(of({ n: 1 }), NEVER));
      expect(await arrived.opened).to.deep.equal({ n: 1 });
      handle.cancel();
      await log.first;
      expect(log.events.map(({ path }) => path)).to.deep.equal(["/test.Probe/Bidirectional"]);
      expect(log.events[0]?.error).to.include({ name: "StatusError", code: status.CANCELLED });
    });
  }

  for (const [what, observable] of Object.entries(observables)) {
    for (const middleware of [[], [async () => {}]]) {
      it(`${what} without an error handler${middleware.length > 0 ? ", with middleware" : ""}`, async () => {
        const log = loggedErrors(refused.message);
        const { client } = await served(answering(throwing(refused)));
        observable(caller(ProbeService, client, { middleware }))
          .pipe(map((message) => message))
          .subscribe();
        await log.first;
        expect(log.events.map(({ path }) => path.startsWith("/test.Probe/"))).to.deep.equal([true]);
        expect(log.events[0]?.error).to.include({ name: "CallError", code: refused.code });
      });
    }
  }

  it("of a hub and of a resumed stream without an error handler", () => {
    expectUnexpected("hub");
    const log = loggedErrors("resuming");
    new Hub<number>().join({ after: 7 }).subscribe();
    resuming(() => throwError(() => refused), { cursor: () => undefined }).subscribe();
    expect(log.events.map(({ path }) => path)).to.deep.equal(["hub", "resuming"]);
  });

  it("is not reported if there is an error handler, or if the Observable has completed", async () => {
    const log = loggedErrors();
    const told = gate<unknown>();
    const { calls } = await served({ unary: (request) => request, serverStreaming: () => [{ n: 1 }] });
    calls.bidirectional.observe([]).subscribe({ error: told.open });
    expect(await told.opened).to.include({ code: status.UNIMPLEMENTED });
    const completed = gate();
    const seen: unknown[] = [];
    calls.serverStreaming.observe({ n: 1 }).subscribe({ next: (n) => seen.push(n), complete: () => completed.open() });
    await completed.opened;
    expect([seen, log.events]).to.deep.equal([[{ n: 1 }], []]);
  });

  it("does not prevent operators of rxjs from connecting to the Observable", () => {
    const seen: number[] = [];
    const hub = new Hub<number>({ replay: 1 });
    hub.publish(1);
    hub
      .join({ last: 1 })
      .pipe(publish(), refCount())
      .subscribe((n) => seen.push(Number(n)));
    expect(seen).to.deep.equal([1]);
  });

  it("is not reported if a source only says that it was stopped", async () => {
    const log = loggedErrors();
    const stopped = gate();
    const { calls } = await served({ bidirectional: () => NEVER });
    const aborting = new AbortController();
    async function* requests(): AsyncGenerator<Probe> {
      try {
        await new Promise((_resolve, reject) => {
          aborting.signal.addEventListener("abort", () => reject(aborting.signal.reason));
        });
      } finally {
        stopped.open();
      }
    }
    const handle = calls.bidirectional.start(requests(), { signal: aborting.signal });
    aborting.abort();
    await handle.status;
    await stopped.opened;
    await new Promise(setImmediate);
    expect(log.events).to.deep.equal([]);
  });
});
