import { Metadata, Server, type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  buffered,
  CallError,
  type Caller,
  type CallHooks,
  type CallOptions,
  type ClientContext,
  type ClientMiddleware,
  caller,
  coalesce,
  Encoded,
  failWhenFull,
  type Handlers,
  implement,
  onUnexpectedError,
  StatusError,
  streamingChannelOptions,
  streamingServerOptions,
} from "quartet-bridge";
import {
  finalize,
  from,
  lastValueFrom,
  NEVER,
  type Observable,
  Subject,
  startWith,
  tap,
  throwError,
  toArray,
} from "rxjs";
import { mostAhead, mostAheadOfServer } from "../harness/buffers-on-the-way.js";
import { afterTheTest, gate, loopback } from "../harness/loopback.js";
import { collect, countedProbes, failureOf, type Probe, ProbeService } from "../harness/probe.js";
import { settled } from "../harness/settled.js";
import { expectUnexpected } from "../harness/unexpected-errors.js";

type Calls = Caller<typeof ProbeService>;
type Type = keyof typeof ProbeService;
type ProbeMiddleware = ClientMiddleware<Probe, Probe>;
const types: readonly Type[] = ["unary", "serverStreaming", "clientStreaming", "bidirectional"];
const two: Probe[] = [{ n: 1 }, { n: 2 }];

/** A call of each type, and what it answers with. */
const callOf: { readonly [Name in Type]: (calls: Calls, options?: CallOptions) => Promise<Probe[]> } = {
  unary: async (calls, options) => [await calls.unary({ n: 1 }, options)],
  serverStreaming: (calls, options) => collect(calls.serverStreaming({ n: 1 }, options)),
  clientStreaming: async (calls, options) => [await calls.clientStreaming(two, options)],
  bidirectional: (calls, options) => collect(calls.bidirectional(two, options)),
};

/** The same in each form in which a call is made, to its end. */
function formsOf(calls: Calls, type: Type, options?: CallOptions): Record<string, () => Promise<unknown>> {
  const requests: Probe[] & Probe = Object.assign([...two], { n: 1 });
  const single = type === "unary" || type === "clientStreaming";
  return {
    "as it is": () => callOf[type](calls, options),
    observed: () =>
      new Promise((resolve, reject) => {
        calls[type].observe(requests, options).subscribe({ complete: () => resolve(undefined), error: reject });
      }),
    started: () =>
      single
        ? calls[type as "unary"].start(requests, options).response
        : collect(calls[type as "bidirectional"].start(requests, options)),
  };
}

/** A call that is never answered, and the function that leaves it. */
const begin: { readonly [Name in Type]: (calls: Calls, options?: CallOptions) => { cancel(): void } } = {
  unary: (calls, options) => calls.unary.start({ n: 1 }, options),
  serverStreaming: (calls, options) => calls.serverStreaming.start({ n: 1 }, options),
  clientStreaming: (calls, options) => calls.clientStreaming.start(NEVER, options),
  bidirectional: (calls, options) => calls.bidirectional.start(NEVER, options),
};

const echo: Handlers<typeof ProbeService> = {
  unary: (request) => request,
  serverStreaming: (request) => [request, { n: 100 }],
  async clientStreaming(requests) {
    let n = 0;
    for await (const request of requests) n += request.n;
    return { n };
  },
  bidirectional: (requests) => requests,
};

/** Callers of a server that notes each call that reaches it. */
async function serve(handlers: Handlers<typeof ProbeService> = echo) {
  const reached: Metadata[] = [];
  const service = implement(ProbeService, [({ metadata }) => void reached.push(metadata)], handlers);
  const { client, server } = await loopback(
    service.addTo(new Server(streamingServerOptions())),
    streamingChannelOptions,
  );
  const calls = (...middleware: readonly (ProbeMiddleware | { readonly unary: ProbeMiddleware })[]) =>
    caller(ProbeService, client, { middleware });
  return { client, server, reached, calls };
}

/** A middleware that records how calls end. */
function recorder() {
  const seen: string[] = [];
  const record = ({ path }: { readonly path: string }, { onStatus }: CallHooks) => {
    onStatus(({ code }) => seen.push(`${path.replace("/test.Probe/", "")} ${status[code]}`));
  };
  return { record, seen };
}

/** The errors that go to the log from now on; those with `part` in their text are expected. */
function reportedErrors(part: string): string[] {
  expectUnexpected(part);
  const reported: string[] = [];
  afterTheTest(onUnexpectedError(({ error }) => reported.push(String(error))));
  return reported;
}

const never = () => new Promise<never>(() => {});
const stuck: Handlers<typeof ProbeService> = {
  unary: never,
  serverStreaming: () => NEVER,
  clientStreaming: never,
  bidirectional: () => NEVER,
};

describe("a client's middleware", () => {
  for (const [when, signIn] of Object.entries({
    "at once": (call: ClientContext) => call.metadata.set("authorization", "ada"),
    "after a promise": async (call: ClientContext) => {
      call.metadata.set("authorization", await Promise.resolve("ada"));
    },
  })) {
    it(`adds metadata to each call, ${when}, and sees how it ends, whatever its type and its form`, async () => {
      const { record, seen } = recorder();
      const { calls, reached } = await serve();
      const metadata = new Metadata();
      metadata.set("x-own", "1");
      for (const type of types) {
        for (const form of Object.values(formsOf(calls(record, signIn), type, { metadata, timeoutMs: 60_000 })))
          await form();
      }
      expect(reached).to.have.length(12);
      for (const sent of reached) {
        expect(sent.get("authorization")).to.deep.equal(["ada"]);
        expect(sent.get("x-own")).to.deep.equal(["1"]);
      }
      expect(metadata.getMap()).to.deep.equal({ "x-own": "1" });
      const names = ["Unary", "ServerStreaming", "ClientStreaming", "Bidirectional"];
      expect(seen).to.deep.equal(names.flatMap((name) => Array(3).fill(`${name} OK`)));
    });
  }

  it("sees deadline and signal of the call, also those that its caller has for all calls", async () => {
    const seen: ClientContext[] = [];
    const { client } = await serve();
    const defaults = { timeoutMs: 60_000, metadata: { "x-tenant": "7" } };
    const calls = caller(ProbeService, client, { middleware: [(call) => void seen.push(call)], ...defaults });
    const { signal } = new AbortController();
    await calls.unary({ n: 1 }, { signal });
    await calls.unary.start({ n: 1 }, { metadata: { "x-tenant": "8" } }).response;
    expect(seen.map(({ deadline }) => deadline instanceof Date)).to.deep.equal([true, true]);
    expect(seen.map((call) => call.signal)).to.deep.equal([signal, undefined]);
    expect(seen.map(({ metadata }) => metadata.get("x-tenant"))).to.deep.equal([["7"], ["8"]]);
  });

  it("gets requests in the order of the list, and responses and the status in reverse, for all or for one method", async () => {
    const order: string[] = [];
    const named = (name: string) => (_call: ClientContext, hooks: CallHooks<Probe, Probe>) => {
      order.push(name);
      hooks.mapRequests(({ n, load = "" }) => ({ n, load: `${load}${name}` }));
      hooks.mapResponses(({ n, load = "" }) => ({ n, load: `${load}${name.toUpperCase()}` }));
      hooks.onStatus(() => void order.push(name.toUpperCase()));
    };
    const { calls } = await serve();
    const named3 = calls(named("a"), { unary: named("b") }, named("c"));
    expect(await named3.unary({ n: 1 })).to.deep.equal({ n: 1, load: "abcCBA" });
    expect(order).to.deep.equal(["a", "b", "c", "C", "B", "A"]);
    expect(await collect(named3.bidirectional([{ n: 1 }]))).to.deep.equal([{ n: 1, load: "acCA" }]);
  });

  it("may be the very function of a server", async () => {
    const { record, seen } = recorder();
    const service = implement(ProbeService, [record], echo);
    const { client, server } = await loopback(service.addTo(new Server()));
    await caller(ProbeService, client, { middleware: [record] }).unary({ n: 1 });
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    expect(seen).to.deep.equal(["Unary OK", "Unary OK"]);
  });

  it("is for the methods of the service: the names are checked", async () => {
    const { client } = await serve();
    // @ts-expect-error a method that the service has not
    expect(() => caller(ProbeService, client, { middleware: [{ uniary: () => {} }] })).to.throw(TypeError, "unary");
    // @ts-expect-error a context is for a server's handlers
    caller(ProbeService, client, { middleware: [(call) => call.with({ user: 1 })] });
  });
});

describe("a client's middleware that refuses a call", () => {
  for (const type of types) {
    it(`${type}: gives the caller its error in each form, at once or after a promise, and makes no call`, async () => {
      const thrown = new Error("no token");
      const { record, seen } = recorder();
      const { calls, reached } = await serve();
      const refuse = () => {
        throw thrown;
      };
      let mapped = 0;
      const count = (_call: ClientContext, { mapRequests }: CallHooks) =>
        mapRequests((request) => {
          mapped += 1;
          return request;
        });
      const statuses: StatusObject[] = [];
      for (const refusing of [calls(record, count, refuse), calls(record, count, async () => refuse())]) {
        const onStatus = (ended: StatusObject) => statuses.push(ended);
        for (const form of Object.values(formsOf(refusing, type, { onStatus }))) {
          expect(await failureOf(form())).to.equal(thrown);
        }
        const handle = type === "unary" ? refusing.unary.start({ n: 1 }) : refusing.bidirectional.start([]);
        expect((await handle.status).code).to.equal(status.UNKNOWN);
        expect((await handle.headers).getMap()).to.deep.equal({});
        expect(handle.peer).to.include("127.0.0.1");
      }
      expect(reached).to.deep.equal([]);
      expect(mapped).to.equal(0);
      expect(seen).to.have.length(8);
      expect(statuses.map(({ code }) => code)).to.deep.equal(Array(6).fill(status.UNKNOWN));
    });
  }

  for (const type of types) {
    it(`${type}: gives an error that throws when it is looked at to the caller, and sends no request`, async () => {
      const boo = () => {
        throw new Error("boo");
      };
      const status5 = { code: status.NOT_FOUND, details: "d" };
      const odd: Record<string, unknown> = {
        "a getter of metadata": Object.defineProperty(Object.assign(new Error("x"), status5), "metadata", { get: boo }),
        "a getter of code": Object.defineProperty(new Error("x"), "code", { get: boo }),
        "a getter of message": Object.defineProperty(new Error("x"), "message", { get: boo }),
        "a proxy": new Proxy(new Error("x"), { get: boo, getPrototypeOf: boo, has: boo }),
        "malformed metadata": Object.assign(new Error("x"), {
          ...status5,
          metadata: { getMap: boo, toJSON: () => ({ "a b": ["x"] }), getOptions: () => ({}) },
        }),
        "an object without a prototype": Object.create(null),
      };
      for (const [name, error] of Object.entries(odd)) {
        const fail = () => {
          throw error;
        };
        const requests: Probe[] = [];
        const { calls } = await serve({
          ...echo,
          unary(request) {
            requests.push(request);
            return request;
          },
          serverStreaming(request) {
            requests.push(request);
            return [request];
          },
        });
        const { record, seen } = recorder();
        for (const [how, failing] of Object.entries({
          "at once": fail,
          later: async () => fail(),
          "in a map of requests": (_call: ClientContext, hooks: CallHooks) => hooks.mapRequests(fail),
        })) {
          const failure = await failureOf(callOf[type](calls(record, failing)));
          const got = failure instanceof CallError ? failure.cause : failure;
          expect(got === error, `${name}, ${how}`).to.equal(true);
        }
        expect(requests).to.deep.equal([]);
        const failure = await failureOf(callOf[type](calls(record, (_call, hooks) => hooks.mapResponses(fail))));
        expect((failure instanceof CallError ? failure.cause : failure) === error, `${name}, response`).to.equal(true);
        expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(Array(4).fill("UNKNOWN"));
      }
    });
  }

  it("makes a CallError of a status, which a handler would tell its own client", async () => {
    const expired = new StatusError(status.UNAUTHENTICATED, "the token has expired");
    const { record, seen } = recorder();
    const { calls } = await serve();
    const error = await failureOf(
      calls(record, () => {
        throw expired;
      }).unary({ n: 1 }),
    );
    expect(error).to.be.instanceOf(CallError);
    expect(error).to.include({ code: status.UNAUTHENTICATED, path: "/test.Probe/Unary", cause: expired });
    expect(seen).to.deep.equal(["Unary UNAUTHENTICATED"]);
  });
});

describe("the status that a client's middleware sees", () => {
  for (const type of types) {
    it(`${type}: is what the server sends, CANCELLED or DEADLINE_EXCEEDED, once each`, async () => {
      const { record, seen } = recorder();
      const begun = gate();
      const fail = () => {
        throw new StatusError(status.NOT_FOUND, "no such probe");
      };
      const failing = { unary: fail, serverStreaming: fail, clientStreaming: fail, bidirectional: fail };
      await failureOf(callOf[type]((await serve(failing)).calls(record)));
      const { calls } = await serve(stuck);
      const ended = gate();
      const handle = begin[type](
        calls(record, () => begun.open()),
        { onStatus: () => ended.open() },
      );
      await begun.opened;
      handle.cancel();
      await ended.opened;
      await failureOf(callOf[type](calls(record), { timeoutMs: 20 }));
      expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(["NOT_FOUND", "CANCELLED", "DEADLINE_EXCEEDED"]);
    });
  }

  it("is CANCELLED where a loop is left and an Observable unsubscribed", async () => {
    const seen = gate<string[]>();
    const codes: string[] = [];
    const record = (_call: ClientContext, { onStatus }: CallHooks) =>
      onStatus(({ code }) => {
        codes.push(status[code]);
        if (codes.length === 2) seen.open(codes);
      });
    const { source } = countedProbes(Number.POSITIVE_INFINITY);
    const { calls } = await serve({ ...echo, serverStreaming: source });
    for await (const _ of calls(record).serverStreaming({ n: 1 })) break;
    const call = calls(record)
      .serverStreaming.observe({ n: 1 })
      .subscribe(() => call.unsubscribe());
    expect(await seen.opened).to.deep.equal(["CANCELLED", "CANCELLED"]);
  });

  it("goes to each listener, and what one throws is the outcome of the call", async () => {
    const { record, seen } = recorder();
    const thrown = new Error("signed out");
    const told: number[] = [];
    const { calls } = await serve();
    const throwing = (_call: ClientContext, { onStatus }: CallHooks) =>
      onStatus(() => {
        throw thrown;
      });
    for (const type of types) {
      const options = { onStatus: ({ code }: StatusObject) => told.push(code) };
      expect(await failureOf(callOf[type](calls(record, throwing), options))).to.equal(thrown);
    }
    expect(seen).to.have.length(4);
    expect(told).to.have.length(4);
  });
});

describe("a client's middleware that returns a promise", () => {
  /** A caller whose middleware waits, and what it takes to let it go on. */
  async function waiting() {
    const { record, seen } = recorder();
    const asked = gate();
    const answer = gate();
    const served = await serve();
    const wait = async () => {
      asked.open();
      await answer.opened;
    };
    let after = 0;
    const count = () => {
      after += 1;
    };
    const calls = served.calls(record, wait, count);
    return { ...served, calls, seen, asked: asked.opened, go: answer.open, ran: () => after };
  }

  for (const type of types) {
    it(`${type}: a call that is cancelled meanwhile is never made`, async () => {
      const { calls, seen, asked, go, reached, ran } = await waiting();
      const ended = gate<StatusObject>();
      const handle = begin[type](calls, { onStatus: ended.open });
      await asked;
      handle.cancel();
      expect((await ended.opened).code).to.equal(status.CANCELLED);
      go();
      await calls.unary({ n: 7 });
      expect(reached).to.have.length(1);
      expect(ran()).to.equal(1);
      expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(["CANCELLED", "OK"]);
    });

    it(`${type}: a signal that aborts meanwhile ends it, with the signal's reason`, async () => {
      const { calls, asked, reached } = await waiting();
      const leaving = new AbortController();
      const failed = failureOf(callOf[type](calls, { signal: leaving.signal }));
      await asked;
      leaving.abort("enough");
      expect(await failed)
        .to.include({ code: status.CANCELLED, cause: "enough" })
        .and.be.instanceOf(CallError);
      expect(reached).to.deep.equal([]);
    });

    it(`${type}: a deadline that passes meanwhile ends it`, async () => {
      const { calls, reached } = await waiting();
      const error = await failureOf(callOf[type](calls, { timeoutMs: 20 }));
      expect(error).to.include({ code: status.DEADLINE_EXCEEDED }).and.be.instanceOf(CallError);
      expect(reached).to.deep.equal([]);
    });
  }

  it("makes no call for a reader that leaves meanwhile, who sees no error", async () => {
    const { calls, asked, go, reached, seen } = await waiting();
    const iterator = calls.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
    const first = iterator.next();
    await asked;
    await iterator.return?.();
    expect(await first).to.deep.equal({ done: true, value: undefined });
    const unexpected = () => expect.fail("an Observable that was left has emitted");
    const observer = { next: unexpected, error: unexpected, complete: unexpected };
    for (const method of [calls.unary, calls.serverStreaming])
      method.observe({ n: 1 }).subscribe(observer).unsubscribe();
    expect(seen).to.deep.equal(["ServerStreaming CANCELLED", "Unary CANCELLED", "ServerStreaming CANCELLED"]);
    go();
    await calls.unary({ n: 7 });
    expect(reached).to.have.length(1);
  });

  it("keeps what an Observable of requests emits meanwhile, as it was then, and leaves it if the call is not made", async () => {
    const { calls, asked, go } = await waiting();
    const finalised: string[] = [];
    const source = (name: string) => {
      const request$ = new Subject<Probe>();
      return { request$, requests: request$.pipe(finalize(() => finalised.push(name))) };
    };
    for (const through of [
      (requests: Observable<Probe>) => requests,
      (requests: Observable<Probe>) => buffered(requests, failWhenFull<Probe>()),
      (requests: Observable<Probe>) => () => requests,
    ]) {
      const sent = source("sent");
      const handle = calls.bidirectional.start(through(sent.requests));
      const left = source("left");
      calls.clientStreaming.start(through(left.requests)).cancel();
      expect(finalised.splice(0)).to.deep.equal(["left"]);
      const changing = { n: 1 };
      sent.request$.next(changing);
      changing.n = 7;
      await asked;
      go();
      sent.request$.next({ n: 2 });
      const iterator = handle[Symbol.asyncIterator]();
      expect((await iterator.next()).value).to.deep.equal({ n: 1 });
      expect((await iterator.next()).value).to.deep.equal({ n: 2 });
      sent.request$.next({ n: 3 });
      sent.request$.complete();
      expect(await collect({ [Symbol.asyncIterator]: () => iterator })).to.deep.equal([{ n: 3 }]);
      expect(finalised.splice(0)).to.deep.equal(["sent"]);
    }
  });

  it("leaves a source that ends its own call meanwhile", async () => {
    const { calls, reached } = await waiting();
    const leaving = new AbortController();
    const finalised = gate();
    const requests = NEVER.pipe(
      startWith({ n: 1 }),
      tap(() => leaving.abort()),
      finalize(finalised.open),
    );
    const failed = failureOf(collect(calls.bidirectional(requests, { signal: leaving.signal })));
    expect(await failed).to.have.property("code", status.CANCELLED);
    await finalised.opened;
    expect(reached).to.deep.equal([]);
  });

  it("lets messages wait for it as their own policy says, and counts them there (law L6)", async () => {
    const { calls, asked, go } = await waiting();
    const bounded = failWhenFull<Probe>({ messages: 2000 });
    const tooMany = failWhenFull<Probe>({ messages: 2 });
    const tooLarge = failWhenFull<Probe>({ bytes: 20 });
    const merged = coalesce<Probe>((older, newer) => ({ n: older.n + newer.n }));
    const policies = [bounded, tooMany, tooLarge, merged];
    const sources = policies.map(() => new Subject<Probe>());
    const outcomes = policies.map((policy, index) =>
      calls.clientStreaming(buffered(sources[index] ?? NEVER, policy)).then(
        ({ n }) => n,
        (error: CallError) => error.code,
      ),
    );
    await asked;
    for (let n = 1; n <= 2000; n += 1) for (const source of sources) source.next({ n });
    expect(bounded.counters).to.deep.equal({ delivered: 0, dropped: 0, waiting: 2000, peak: 2000 });
    expect(tooMany.counters).to.deep.equal({ delivered: 0, dropped: 3, waiting: 0, peak: 2 });
    expect(tooLarge.counters).to.include({ delivered: 0, waiting: 0 });
    expect(merged.counters).to.deep.equal({ delivered: 0, dropped: 1999, waiting: 1, peak: 1 });
    expect(sources.map(({ observed }) => observed)).to.deep.equal([true, false, false, true]);
    for (const source of sources) source.complete();
    go();
    const { RESOURCE_EXHAUSTED } = status;
    expect(await Promise.all(outcomes)).to.deep.equal([2001000, RESOURCE_EXHAUSTED, RESOURCE_EXHAUSTED, 2001000]);
    expect(bounded.counters).to.deep.equal({ delivered: 2000, dropped: 0, waiting: 0, peak: 2000 });
    expect(merged.counters).to.deep.equal({ delivered: 1, dropped: 1999, waiting: 0, peak: 1 });
  });

  it("maps what has waited for it, once, after a policy has merged it", async () => {
    const asked = gate();
    const answer = gate();
    const { calls } = await serve();
    const wait = async () => {
      asked.open();
      await answer.opened;
    };
    const addHalf = (_call: ClientContext, { mapRequests }: CallHooks<Probe, Probe>) =>
      mapRequests(({ n }) => ({ n: n + 0.5 }));
    const merged = coalesce<Probe>((older, newer) => ({ n: older.n + newer.n }));
    const sum = calls(wait, addHalf).clientStreaming(buffered(from([{ n: 1 }, { n: 2 }, { n: 3 }]), merged));
    await asked.opened;
    answer.open();
    expect(await sum).to.deep.equal({ n: 6.5 });
  });

  it("does not begin with an iterable meanwhile, and nobody else hears of a promise that rejects", async () => {
    const { calls, asked, go, reached } = await waiting();
    const { state, source } = countedProbes(1);
    const sum = calls.clientStreaming(source());
    const thrown = new Error("no request");
    const failed = failureOf(calls.clientStreaming(Promise.reject(thrown)));
    await asked;
    await new Promise(setImmediate);
    expect(state.given).to.equal(0);
    expect(reached).to.deep.equal([]);
    go();
    expect(await sum).to.deep.equal({ n: 1 });
    expect(await failed).to.equal(thrown);
  });

  it("reports the error of a source that has failed, where the call is cancelled before it begins", async () => {
    const reported = reportedErrors("the source failed");
    const { calls } = await waiting();
    const handle = calls.clientStreaming.start(throwError(() => new Error("the source failed")));
    handle.cancel();
    expect((await handle.status).code).to.equal(status.CANCELLED);
    expect(reported).to.deep.equal(["Error: the source failed"]);
  });

  it("lets a second reader of a handle not disturb the first", async () => {
    const { calls, asked, go } = await waiting();
    const handle = calls.serverStreaming.start({ n: 1 });
    const first = lastValueFrom(handle.observe().pipe(toArray()));
    expect(await failureOf(lastValueFrom(handle.observe()))).to.be.instanceOf(TypeError);
    await asked;
    go();
    expect(await first).to.deep.equal([{ n: 1 }, { n: 100 }]);
  });

  it("fails where the signal of the call throws, and no call is made", async () => {
    const { calls, reached } = await waiting();
    const thrown = new Error("a foreign signal");
    const fail = () => {
      throw thrown;
    };
    const signal = { aborted: false, addEventListener: fail, removeEventListener: fail } as unknown as AbortSignal;
    for (const type of types) expect(await failureOf(callOf[type](calls, { signal }))).to.equal(thrown);
    expect(reached).to.deep.equal([]);
  });

  it("fails with the TypeError for an option that is not what it has to be", async () => {
    const { calls, go } = await waiting();
    go();
    const signal = null as unknown as AbortSignal;
    for (const type of types) expect(await failureOf(callOf[type](calls, { signal }))).to.be.instanceOf(TypeError);
  });

  it("is not stopped by a signal that cannot be left", async () => {
    expectUnexpected("a foreign signal");
    const asked = gate();
    const answer = gate();
    const { calls, reached } = await serve();
    const wait = async () => {
      asked.open();
      await answer.opened;
      throw new StatusError(status.UNAUTHENTICATED, "no token");
    };
    const signal = {
      aborted: false,
      addEventListener() {},
      removeEventListener: () => expect.fail("a foreign signal"),
    } as unknown as AbortSignal;
    const failed = failureOf(calls(wait).unary({ n: 1 }, { signal }));
    await asked.opened;
    answer.open();
    expect(await failed).to.have.property("code", status.UNAUTHENTICATED);
    expect(reached).to.deep.equal([]);
  });

  it("has its error reported where its call has ended before, unless it was stopped with the call", async () => {
    const { calls } = await serve();
    const leaving = new AbortController();
    const answer = gate();
    const settling: Promise<void>[] = [];
    const failing = (thrown: () => unknown) =>
      calls(() => {
        const running = answer.opened.then(() => {
          throw thrown();
        });
        settling.push(running.catch(() => {}));
        return running;
      });
    const { signal } = leaving;
    const all = [() => new Error("no token"), () => signal.reason, () => new DOMException("stopped", "AbortError")];
    const failed = all.map((thrown) => failureOf(failing(thrown).unary({ n: 1 }, { signal })));
    leaving.abort(new Error("enough"));
    for (const error of await Promise.all(failed)) expect(error).to.have.property("code", status.CANCELLED);
    const reported = reportedErrors("no token");
    answer.open();
    await Promise.all(settling);
    await new Promise(setImmediate);
    expect(reported).to.deep.equal(["Error: no token"]);
  });

  it("fails a call whose Observable emits more meanwhile than may wait", async () => {
    const { calls, go } = await waiting();
    const failed = failureOf(calls.clientStreaming(from(Array.from({ length: 1025 }, (_, n) => ({ n })))));
    go();
    const error = await failed;
    expect(error).to.include({ code: status.RESOURCE_EXHAUSTED }).and.be.instanceOf(CallError);
  });

  it("keeps the order of messages that were asked for meanwhile", async () => {
    const { calls, asked, go } = await waiting();
    const iterator = calls.bidirectional(two)[Symbol.asyncIterator]();
    const asks = [iterator.next(), iterator.next(), iterator.next()];
    await asked;
    go();
    expect((await Promise.all(asks)).map(({ value }) => value?.n)).to.deep.equal([1, 2, undefined]);
  });
});

describe("a client's middleware that maps messages", () => {
  const addTen = (_call: ClientContext, { mapRequests, mapResponses }: CallHooks<Probe, Probe>) => {
    mapRequests(({ n, ...rest }) => ({ ...rest, n: n + 10 }));
    mapResponses(({ n, ...rest }) => ({ ...rest, n: 2 * n }));
  };

  it("replaces requests and responses of all types in each form, at once or after a promise", async () => {
    const { calls } = await serve();
    const expected = {
      unary: [{ n: 22 }],
      serverStreaming: [{ n: 22 }, { n: 200 }],
      clientStreaming: [{ n: 46 }],
      bidirectional: [{ n: 22 }, { n: 24 }],
    };
    for (const mapping of [calls(addTen), calls(async () => {}, addTen)]) {
      for (const type of types) expect(await callOf[type](mapping)).to.deep.equal(expected[type]);
      expect(await collect(mapping.bidirectional.start(two))).to.deep.equal(expected.bidirectional);
    }
  });

  it("maps requests from sources of all kinds, and those that have their bytes already", async () => {
    const encoded = new Encoded<Probe>({ n: 5 }, Buffer.from('{"n":5}'));
    const { calls } = await serve();
    const { bidirectional, clientStreaming } = calls(addTen);
    const latest = coalesce<Probe>((_older, newer) => newer);
    for (const source of [
      [encoded, { n: 5 }],
      from([encoded, { n: 5 }]),
      buffered(from([encoded, { n: 5 }]), latest),
    ]) {
      expect(await collect(bidirectional(source))).to.deep.equal([{ n: 30 }, { n: 30 }]);
    }
    expect(await clientStreaming(Promise.resolve(encoded))).to.deep.equal({ n: 30 });
  });

  it("has to ask before it returns, also where a later one has not returned yet", async () => {
    const refused = gate<unknown>();
    const { calls } = await serve();
    const late = (_call: ClientContext, { mapRequests }: CallHooks<Probe, Probe>) => {
      setImmediate(() => {
        try {
          mapRequests(() => ({ n: 7 }));
          refused.open(undefined);
        } catch (error) {
          refused.open(error);
        }
      });
    };
    expect(await calls(late, async () => void (await refused.opened)).unary({ n: 1 })).to.deep.equal({ n: 1 });
    expect(await refused.opened).to.be.instanceOf(TypeError);
  });

  for (const type of types) {
    it(`${type}: fails with the error of a map of requests, and the server sees no such request`, async () => {
      const thrown = new Error("n is odd");
      const { calls, server } = await serve();
      const refuse = (_call: ClientContext, { mapRequests }: CallHooks<Probe>) =>
        mapRequests(() => {
          throw thrown;
        });
      for (const form of Object.values(formsOf(calls(refuse), type))) expect(await failureOf(form())).to.equal(thrown);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    });

    it(`${type}: sees the status that a map throws, and the caller gets it as a CallError`, async () => {
      const invalid = new StatusError(status.INVALID_ARGUMENT, "n must be even");
      const fail = () => {
        throw invalid;
      };
      const { record, seen } = recorder();
      const { calls } = await serve();
      for (const hook of ["mapRequests", "mapResponses"] as const) {
        const error = await failureOf(callOf[type](calls(record, (_call, hooks) => hooks[hook](fail))));
        expect(error).to.include({ code: status.INVALID_ARGUMENT, cause: invalid }).and.be.instanceOf(CallError);
      }
      expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(["INVALID_ARGUMENT", "INVALID_ARGUMENT"]);
    });

    it(`${type}: fails with the error of a map of responses, after the messages before, and ends on the server`, async () => {
      const thrown = new Error("n is too large");
      const { calls, server } = await serve({ ...echo, unary: ({ n }) => ({ n: n + 1 }) });
      const read: number[] = [];
      const refuse = (_call: ClientContext, { mapResponses }: CallHooks<Probe, Probe>) =>
        mapResponses((response) => {
          if (response.n > 1) throw thrown;
          return response;
        });
      const failing = calls(refuse);
      const call = async () => {
        if (type === "serverStreaming") for await (const { n } of failing[type]({ n: 1 })) read.push(n);
        else if (type === "bidirectional") for await (const { n } of failing[type](two)) read.push(n);
        else await callOf[type](failing);
      };
      expect(await failureOf(call())).to.equal(thrown);
      expect(read).to.deep.equal(type === "unary" || type === "clientStreaming" ? [] : [1]);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    });
  }

  it("keeps a slow reader's server and a stopped handler's client as near as without it", async () => {
    const bytes = 1024;
    const load = "x".repeat(bytes);
    const down = countedProbes(Number.POSITIVE_INFINITY, load);
    const up = countedProbes(Number.POSITIVE_INFINITY, load);
    const { calls } = await serve({ ...echo, serverStreaming: down.source, clientStreaming: never });
    const mapping = calls(addTen);
    const iterator = mapping.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
    for (let n = 1; n <= 100; n += 1) expect((await iterator.next()).value).to.include({ n: 2 * n });
    expect((await settled(mapping, () => down.state.given)) - 100).to.be.within(1, mostAheadOfServer(bytes));
    await iterator.return?.();
    const call = mapping.clientStreaming.observe(up.source()).subscribe();
    afterTheTest(() => call.unsubscribe());
    expect(await settled(mapping, () => up.state.given)).to.be.within(1, mostAhead(bytes) + 4);
  });
});
