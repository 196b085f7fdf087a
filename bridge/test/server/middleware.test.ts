import { once } from "node:events";
import { Metadata, Server, type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  buffered,
  type CallContext,
  type Caller,
  type CallHooks,
  caller,
  coalesce,
  Encoded,
  type Handlers,
  type Incoming,
  implement,
  type ServerMiddleware,
  StatusError,
  streamingChannelOptions,
  streamingServerOptions,
} from "quartet-bridge";
import { concat, finalize, from, lastValueFrom, NEVER, of, Subject, take, toArray } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { mostAhead, mostAheadOfServer } from "../harness/buffers-on-the-way.js";
import { stopClock } from "../harness/clock.js";
import { afterTheTest, gate, loopback } from "../harness/loopback.js";
import { collect, countedProbes, failureOf, type Probe, ProbeService } from "../harness/probe.js";
import { framed, rawCallOn, rawConnection } from "../harness/raw-call.js";
import { settled } from "../harness/settled.js";
import { expectUnexpected } from "../harness/unexpected-errors.js";

type Calls = Caller<typeof ProbeService>;
type Type = keyof typeof ProbeService;
const types: readonly Type[] = ["unary", "serverStreaming", "clientStreaming", "bidirectional"];

/** A call of each type, with the requests 1 and 2 where they are a stream, and what it answers with. */
const callOf: { readonly [Name in Type]: (calls: Calls, requests?: Probe[]) => Promise<Probe[]> } = {
  unary: async (calls, [request = { n: 1 }] = []) => [await calls.unary(request)],
  serverStreaming: (calls, [request = { n: 1 }] = []) => collect(calls.serverStreaming(request)),
  clientStreaming: async (calls, requests = [{ n: 1 }, { n: 2 }]) => [await calls.clientStreaming(requests)],
  bidirectional: (calls, requests = [{ n: 1 }, { n: 2 }]) => collect(calls.bidirectional(requests)),
};

/** Handlers of all types that answer with the numbers that they got, and `done`. */
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

type ProbeMiddleware = ServerMiddleware<Probe, Probe>;

async function serve(
  list: readonly (ProbeMiddleware | { readonly unary: ProbeMiddleware })[],
  handlers: Handlers<typeof ProbeService> = echo,
) {
  const server = implement(ProbeService, list, handlers).addTo(new Server(streamingServerOptions()));
  const { client, address } = await loopback(server, streamingChannelOptions);
  return { server, address, client, calls: caller(ProbeService, client) };
}

/** A middleware that records how calls end, and a promise of the first `count` of them. */
function recorder(count = 1) {
  const seen: string[] = [];
  const all = gate<string[]>();
  const record = (call: { readonly path: string }, { onStatus, method }: CallHooks) => {
    onStatus(({ code, details }) => {
      seen.push(`${call.path.replace("/test.Probe/", "")} ${method.requestStream} ${status[code]} ${details}`.trim());
      if (seen.length === count) all.open(seen);
    });
  };
  return { record, seen, all: all.opened };
}

interface User {
  readonly name: string;
}

const authenticate = async (call: CallContext) => {
  const [name] = call.metadata.get("authorization");
  if (name === undefined) throw new StatusError(status.UNAUTHENTICATED, "sign in first");
  return call.with({ user: { name: String(name) } satisfies User });
};

function signedIn(name: string): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", name);
  return metadata;
}

// Some of the lines below must not compile: the compiler refuses the mark above them where they do.
describe("a server's middleware", () => {
  it("is one function that sees the method, the metadata and the status of each call, whatever its type", async () => {
    const { record, seen, all } = recorder(4);
    const names: unknown[] = [];
    const { calls } = await serve([record, ({ metadata }) => void names.push(...metadata.get("x-name"))]);
    const metadata = new Metadata();
    metadata.set("x-name", "ada");
    expect(await calls.unary({ n: 1 }, { metadata })).to.deep.equal({ n: 1 });
    expect(await collect(calls.serverStreaming({ n: 1 }, { metadata }))).to.deep.equal([{ n: 1 }, { n: 100 }]);
    expect(await calls.clientStreaming([{ n: 1 }, { n: 2 }], { metadata })).to.deep.equal({ n: 3 });
    expect(await collect(calls.bidirectional([{ n: 1 }, { n: 2 }], { metadata }))).to.deep.equal([{ n: 1 }, { n: 2 }]);
    await all;
    expect(seen).to.have.members([
      "Unary false OK",
      "ServerStreaming false OK",
      "ClientStreaming true OK",
      "Bidirectional true OK",
    ]);
    expect(names).to.deep.equal(["ada", "ada", "ada", "ada"]);
  });

  it("gives handlers typed values in a context that keeps everything", async () => {
    const seen = gate<unknown[]>();
    const server = implement(ProbeService, [authenticate, (call) => call.with({ tenant: 7 })], {
      ...echo,
      async unary(_request, call) {
        call.header({ "x-user": call.user.name });
        call.trailer({ "x-tenant": String(call.tenant.toFixed(0)) });
        return { n: call.tenant };
      },
      async *serverStreaming(_request, call) {
        const cancelled = new Promise<StatusError>((resolve) => call.cancelled$.subscribe(resolve));
        yield { n: 1, load: `${call.user.name} ${call.peer}` };
        const { code } = await cancelled;
        seen.open([code, call.signal.aborted, call.deadline instanceof Date, call.path, call.user.name]);
      },
    }).addTo(new Server());
    const { client } = await loopback(server);
    const calls = caller(ProbeService, client);
    const { headers, response, status: ended } = calls.unary.start({ n: 1 }, { metadata: signedIn("ada") });
    expect(await response).to.deep.equal({ n: 7 });
    expect((await headers).get("x-user")).to.deep.equal(["ada"]);
    expect((await ended).metadata.get("x-tenant")).to.deep.equal(["7"]);

    for await (const { load } of calls.serverStreaming({ n: 1 }, { metadata: signedIn("bob"), timeoutMs: 60_000 })) {
      expect(load).to.match(/^bob 127\.0\.0\.1:\d+$/);
      break;
    }
    const kept = [status.CANCELLED, true, true, "/test.Probe/ServerStreaming", "bob"];
    expect(await seen.opened).to.deep.equal(kept);
  });

  it("does not compile where a handler or a later middleware asks for a value that none before it adds", async () => {
    const adminsOnly = ({ user }: CallContext & { user: User }) => {
      if (user.name !== "ada") throw new StatusError(status.PERMISSION_DENIED, "admins only");
    };
    implement(ProbeService, [authenticate, adminsOnly], echo);
    // @ts-expect-error the user is not known yet
    implement(ProbeService, [adminsOnly, authenticate], echo);
    // @ts-expect-error the user is known to one method, and `adminsOnly` sees all
    implement(ProbeService, [{ unary: authenticate }, adminsOnly], echo);
    implement(ProbeService, [{ unary: authenticate }, { unary: adminsOnly }], {
      ...echo,
      unary: (_request, { user }) => ({ n: user.name.length }),
      // @ts-expect-error the user is known to another method
      serverStreaming: (_request, { user }) => [{ n: user }],
    });
    const sometimes = (call: CallContext) => (call.deadline ? call.with({ late: true }) : undefined);
    // @ts-expect-error `late` is not always there
    implement(ProbeService, [sometimes], { ...echo, unary: (_request, { late }) => ({ n: Number(late) }) });
    // @ts-expect-error not a context
    implement(ProbeService, [() => 7], echo);
    const redact = (_call: CallContext, { mapResponses }: CallHooks<unknown, WatchResponse>) =>
      mapResponses((response) => ({ ...response, readings: [] }));
    const vitals = { replay: () => [], watch: () => [] };
    implement(VitalsService, [{ watch: redact }], vitals);
    // @ts-expect-error the responses of `replay` are others
    implement(VitalsService, [{ replay: redact }], vitals);
    // @ts-expect-error some of the responses are others
    implement(VitalsService, [redact], vitals);
    implement(
      VitalsService,
      [{ watch: (_call, { mapResponses }) => mapResponses((r) => ({ ...r, replaced: 0 })) }],
      vitals,
    );
  });

  it("types the handlers of a class", async () => {
    const list = [authenticate, { unary: (call: CallContext) => call.with({ tenant: 7 }) }] as const;
    class Probes implements Handlers<typeof ProbeService, typeof list> {
      unary(_request: Probe, { user, tenant }: CallContext & { user: User; tenant: number }) {
        return { n: tenant, load: user.name };
      }
      serverStreaming = (_request: Probe, { user }: CallContext & { user: User }) => [{ n: 1, load: user.name }];
      clientStreaming = echo.clientStreaming;
      bidirectional = echo.bidirectional;
    }
    const { client } = await loopback(implement(ProbeService, list, new Probes()).addTo(new Server()));
    const calls = caller(ProbeService, client);
    expect(await calls.unary({ n: 1 }, { metadata: signedIn("ada") })).to.deep.equal({ n: 7, load: "ada" });
    const streamed = await collect(calls.serverStreaming({ n: 1 }, { metadata: signedIn("bob") }));
    expect(streamed).to.deep.equal([{ n: 1, load: "bob" }]);
  });

  it("gets requests in the order of the list, and responses and the status in reverse, for all or for one method", async () => {
    const order: string[] = [];
    const done = gate();
    const named = (name: string) => (_call: CallContext, hooks: CallHooks<Probe, Probe>) => {
      order.push(name);
      hooks.mapRequests(({ n, load = "" }) => ({ n, load: `${load}${name}` }));
      hooks.mapResponses(({ n, load = "" }) => ({ n, load: `${load}${name.toUpperCase()}` }));
      hooks.onStatus(() => {
        order.push(name.toUpperCase());
        if (name === "a") done.open();
      });
    };
    const { calls } = await serve([named("a"), { unary: named("b") }, named("c")]);
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1, load: "abcCBA" });
    await done.opened;
    expect(order.splice(0)).to.deep.equal(["a", "b", "c", "C", "B", "A"]);
    expect(await collect(calls.bidirectional([{ n: 1 }]))).to.deep.equal([{ n: 1, load: "acCA" }]);
  });

  it("holds for the method of either spelling, and no other: the names are checked", () => {
    const capitalized = { Unary: { ...ProbeService.unary, originalName: "unary" } } as const;
    const middleware = () => {};
    implement(capitalized, [{ Unary: middleware }, { unary: middleware }], { unary: (request) => request });
    // @ts-expect-error a method that the service has not
    expect(() => implement(ProbeService, [{ uniary: middleware }], echo))
      .to.throw(TypeError)
      .with.property("message")
      .that.includes("unary, serverStreaming, clientStreaming, bidirectional");
    for (const wrong of [undefined, null, 7, { unary: 7 }]) {
      expect(() => implement(ProbeService, [wrong as never], echo)).to.throw("a middleware is a function");
    }
  });
});

describe("a server's middleware that refuses a call", () => {
  for (const type of types) {
    it(`${type}: ends it with its status and trailers, and the handler is not called`, async () => {
      const trailers = new Metadata();
      trailers.set("x-realm", "probe");
      const { record, all } = recorder();
      const refuse = (call: CallContext) => {
        call.trailer({ "x-more": "1" });
        throw new StatusError(status.UNAUTHENTICATED, "sign in first", { metadata: trailers });
      };
      const unseen = () => expect.fail("a call that was refused has reached its handler");
      const all4 = { unary: unseen, serverStreaming: unseen, clientStreaming: unseen, bidirectional: unseen };
      const { calls } = await serve([record, refuse, unseen], all4);
      const error = await failureOf(callOf[type](calls));
      expect(error).to.include({ code: status.UNAUTHENTICATED, details: "sign in first" });
      expect((error as StatusError).metadata.getMap()).to.include({ "x-realm": "probe", "x-more": "1" });
      expect((await all)[0]).to.match(/ UNAUTHENTICATED sign in first$/);
    });

    it(`${type}: ends it with UNKNOWN where it fails, now or later, and the log gets the error`, async () => {
      for (const fail of [() => expect.fail("a secret"), async () => expect.fail("a secret")]) {
        expectUnexpected("a secret");
        const { calls } = await serve([fail]);
        const error = await failureOf(callOf[type](calls));
        expect(error).to.have.property("code", status.UNKNOWN);
        expect((error as StatusError).details).to.not.include("secret");
      }
    });
  }

  for (const type of types) {
    it(`${type}: ends it with UNKNOWN for an error that throws when it is looked at`, async () => {
      const get = () => {
        throw new Error("boo");
      };
      for (const name of ["code", "details", "metadata"]) {
        const odd = Object.assign(new Error("odd"), { code: status.NOT_FOUND, details: "d" });
        Object.defineProperty(odd, name, { get });
        const fail = () => {
          throw odd;
        };
        const failing: ProbeMiddleware[] = [
          fail,
          async () => fail(),
          (_call, { mapRequests }) => mapRequests(fail),
          (_call, { mapResponses }) => mapResponses(fail),
        ];
        for (const middleware of failing) {
          expectUnexpected("odd");
          const { calls } = await serve([middleware]);
          expect(await failureOf(callOf[type](calls))).to.have.property("code", status.UNKNOWN);
        }
      }
    });
  }

  it("has not read the stream of requests", async () => {
    const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(10_240));
    const asked = gate();
    const answer = gate();
    const refuse = async ({ path }: CallContext) => {
      if (path !== ProbeService.clientStreaming.path) return;
      asked.open();
      await answer.opened;
      throw new StatusError(status.PERMISSION_DENIED, "not yours");
    };
    const { calls } = await serve([refuse]);
    const failed = failureOf(calls.clientStreaming(source()));
    await asked.opened;
    const ahead = await settled(calls, () => state.given);
    expect(ahead).to.be.within(1, mostAhead(10_240) + 1);
    answer.open();
    expect(await failed).to.have.property("code", status.PERMISSION_DENIED);
  });

  it("does not call the handler of a call that ended while it waited, and is told the status at once", async () => {
    const asked = gate();
    const gone = gate();
    const late = gate<StatusObject>();
    const wait = async (call: CallContext, { onStatus }: CallHooks) => {
      call.signal.addEventListener("abort", () => gone.open());
      asked.open();
      await gone.opened;
      onStatus(late.open);
    };
    const unseen = () => expect.fail("a call that is over has reached its handler");
    const { calls } = await serve([wait, unseen], { ...echo, unary: unseen });
    const { cancel, status: ended } = calls.unary.start({ n: 1 });
    await asked.opened;
    cancel();
    expect((await ended).code).to.equal(status.CANCELLED);
    expect((await late.opened).code).to.equal(status.CANCELLED);
  });

  it("cannot return the context of another call", async () => {
    expectUnexpected("of another call");
    let first: CallContext | undefined;
    const { calls } = await serve([
      (call) => {
        first ??= call;
        return first;
      },
    ]);
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
    expect(await failureOf(calls.unary({ n: 2 }))).to.have.property("code", status.UNKNOWN);
  });

  it("cannot return a spread context, which has lost its signal: neither compiles nor passes", async () => {
    // @ts-expect-error `signal` and all that is not data are lost
    const spread = (call: CallContext): CallContext => ({ ...call });
    const extended = (call: CallContext & { user: User }) => {
      // @ts-expect-error the same with a value of a middleware
      const handed: CallContext & { user: User } = { ...call, user: call.user };
      // @ts-expect-error it is not there
      return { ...call }.signal ?? handed;
    };
    expect(extended).to.be.a("function");
    expectUnexpected("a spread context is neither");
    const { calls } = await serve([spread]);
    expect(await failureOf(calls.unary({ n: 1 }))).to.have.property("code", status.UNKNOWN);
  });

  it("cannot replace what every context has, but can replace a value", async () => {
    const { calls } = await serve([(call) => call.with({ user: 1 }), (call) => call.with({ user: "ada" })], {
      ...echo,
      unary: (_request, call) => ({ n: 1, load: (call as CallContext & { user: string }).user }),
    });
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1, load: "ada" });
    for (const name of ["signal", "metadata", "with"]) {
      expectUnexpected(`every context has '${name}' already`);
      // @ts-expect-error see above
      const { calls } = await serve([(call) => call.with({ signal: 1 }), (call) => call.with({ [name]: 1 })]);
      expect(await failureOf(calls.unary({ n: 1 }))).to.have.property("code", status.UNKNOWN);
    }
  });
});

describe("the status that a server's middleware sees", () => {
  const never = () => new Promise<never>(() => {});
  const stuck: Handlers<typeof ProbeService> = {
    unary: never,
    serverStreaming: () => NEVER,
    clientStreaming: never,
    bidirectional: () => NEVER,
  };

  for (const type of types) {
    it(`${type}: is what the handler throws, and UNKNOWN for what it does not mean for the wire`, async () => {
      const thrown: unknown[] = [new StatusError(status.NOT_FOUND, "no such probe"), new Error("a secret")];
      expectUnexpected("a secret");
      const fail = () => {
        throw thrown.shift();
      };
      const { record, all } = recorder(2);
      const failing = { unary: fail, serverStreaming: fail, clientStreaming: fail, bidirectional: fail };
      const { calls } = await serve([record], failing);
      await failureOf(callOf[type](calls));
      await failureOf(callOf[type](calls));
      const [first, second] = await all;
      expect(first).to.match(/ NOT_FOUND no such probe$/);
      expect(second).to.match(/ UNKNOWN /);
      expect(second).to.not.include("secret");
    });

    it(`${type}: is CANCELLED once, where the client leaves`, async () => {
      const begun = gate();
      const { record, seen, all } = recorder();
      const { calls, server } = await serve([record, () => begun.open()], stuck);
      const { cancel } =
        type.startsWith("client") || type.startsWith("bi")
          ? calls[type as "bidirectional"].start(NEVER)
          : calls[type as "unary"].start({ n: 1 });
      await begun.opened;
      cancel();
      expect((await all)[0]).to.match(/ CANCELLED /);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      expect(seen).to.have.length(1);
    });

    it(`${type}: is DEADLINE_EXCEEDED where the deadline passes first`, async () => {
      const begun = gate();
      const { record, all } = recorder();
      const { address } = await serve([record, () => begun.open()], stuck);
      const clock = stopClock();
      // Not grpc-js's client, whose own timer cancels the call first.
      const call = rawCallOn(rawConnection(address), ProbeService[type].path, { "grpc-timeout": "1S" });
      const request = framed(Buffer.from('{"n":1}'));
      if (ProbeService[type].requestStream) call.write(request);
      else call.end(request);
      await begun.opened;
      clock.pass(1000);
      expect((await all)[0]).to.match(/ DEADLINE_EXCEEDED /);
    });
  }

  it("has the trailers", async () => {
    const ended = gate<StatusObject>();
    const { calls } = await serve([(_call, { onStatus }) => onStatus(ended.open)], {
      ...echo,
      unary(request, call) {
        call.trailer({ "x-cost": "7" });
        return request;
      },
    });
    await calls.unary({ n: 1 });
    expect((await ended.opened).metadata.get("x-cost")).to.deep.equal(["7"]);
  });

  it("is CANCELLED where the handler has ended well, but the reader leaves before it is sent", async () => {
    const { record, all } = recorder();
    const ended = gate();
    const { calls } = await serve([record], {
      ...echo,
      async *serverStreaming() {
        // The buffers on the way take fewer, and the server's stream the rest.
        yield* Array.from({ length: 31 }, (_, n) => ({ n, load: "x".repeat(15 * 1024) }));
        ended.open();
      },
    });
    const { cancel } = calls.serverStreaming.start({ n: 1 });
    await ended.opened;
    cancel();
    expect((await all)[0]).to.match(/ CANCELLED /);
  });

  it("is DEADLINE_EXCEEDED where the handler has ended well, but the deadline passes before it is sent", async () => {
    const ended = gate<string[]>();
    const seen: string[] = [];
    const see = (_call: CallContext, { onStatus }: CallHooks) =>
      onStatus(({ code }) => {
        seen.push(status[code]);
        if (seen.length === 2) ended.open(seen);
      });
    const load = "x".repeat(1024 * 1024);
    const { address } = await serve([see], { ...echo, unary: ({ n }) => (n === 1 ? { n, load } : never()) });
    const connection = rawConnection(address);
    const [unread, later] = [1, 2].map((n) => {
      const call = rawCallOn(connection, ProbeService.unary.path, { "grpc-timeout": "20m" });
      call.end(framed(Buffer.from(`{"n":${n}}`)));
      return call;
    });
    // The deadline of the later call has passed, so that of the earlier one has too.
    await once(later ?? connection, "response");
    unread?.close();
    expect(await ended.opened).to.deep.equal(["DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"]);
  });

  for (const type of types) {
    it(`${type}: is never OK where grpc-js refuses to send the response`, async () => {
      const { record, all } = recorder();
      const large = { n: 1, load: "x".repeat(1000) };
      const service = implement(ProbeService, [record], {
        unary: () => large,
        serverStreaming: () => [large],
        clientStreaming: async () => large,
        bidirectional: () => [large],
      });
      const options = { "grpc.max_send_message_length": 100 };
      const { client } = await loopback(service.addTo(new Server(streamingServerOptions(options))));
      const error = await failureOf(callOf[type](caller(ProbeService, client)));
      expect(error).to.have.property("code", status.RESOURCE_EXHAUSTED);
      expect((await all)[0]).to.match(/ CANCELLED /);
    });
  }

  for (const type of ["unary", "clientStreaming"] as const) {
    it(`${type}: is CANCELLED where the client leaves before the response is written`, async () => {
      const { record, all } = recorder();
      const load = "x".repeat(8 * 1024 * 1024);
      const { address } = await serve([record], {
        ...echo,
        unary: ({ n }) => ({ n, load }),
        async clientStreaming(requests) {
          await collect(requests);
          return { n: 1, load };
        },
      });
      const call = rawCallOn(rawConnection(address), ProbeService[type].path);
      call.end(framed(Buffer.from('{"n":1}')));
      // It is on its way, and nobody reads it.
      await once(call, "response");
      call.close();
      expect((await all)[0]).to.match(/ CANCELLED /);
    });
  }

  it("goes to each listener, and what one throws goes to the log", async () => {
    expectUnexpected("the log is full");
    const { record, all } = recorder();
    const fail = (_call: CallContext, { onStatus }: CallHooks) => onStatus(() => expect.fail("the log is full"));
    const { calls } = await serve([record, fail]);
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
    expect(await all).to.deep.equal(["Unary false OK"]);
  });
});

describe("a server's middleware that maps messages", () => {
  const addTen = (_call: CallContext, { mapRequests, mapResponses }: CallHooks<Probe, Probe>) => {
    mapRequests(({ n, ...rest }) => ({ ...rest, n: n + 10 }));
    mapResponses(({ n, ...rest }) => ({ ...rest, n: 2 * n }));
  };
  const mappedBy: Record<Type, Probe[]> = {
    unary: [{ n: 22 }],
    serverStreaming: [{ n: 22 }, { n: 200 }],
    clientStreaming: [{ n: 46 }],
    bidirectional: [{ n: 22 }, { n: 24 }],
  };

  for (const type of types) {
    it(`${type}: replaces requests and responses, at once or after a promise, under either definition`, async () => {
      for (const list of [[addTen], [async () => {}, addTen]] as const) {
        const { calls } = await serve(list);
        expect(await callOf[type](calls)).to.deep.equal(mappedBy[type]);
      }
      const server = new Server();
      server.addService(ProbeService, implement(ProbeService, [addTen], echo).implementation);
      const { client } = await loopback(server);
      expect(await callOf[type](caller(ProbeService, client))).to.deep.equal(mappedBy[type]);
    });

    it(`${type}: ends the call with what the map of requests throws, though the handler catches it`, async () => {
      const { record, all } = recorder();
      const validate = (_call: CallContext, { mapRequests }: CallHooks<Probe>) =>
        mapRequests((request) => {
          if (request.n === 2) throw new StatusError(status.INVALID_ARGUMENT, "n: must not be 2");
          return request;
        });
      const patient = async (requests: Incoming<Probe>) => {
        await collect(requests).catch(() => {});
        return { n: 0 };
      };
      const { calls } = await serve([record, validate], {
        ...echo,
        clientStreaming: patient,
        bidirectional: async function* (requests) {
          yield { n: 7 };
          yield await patient(requests);
          await new Promise(() => {});
        },
      });
      const requests = type === "unary" || type === "serverStreaming" ? [{ n: 2 }] : [{ n: 1 }, { n: 2 }, { n: 3 }];
      const error = await failureOf(callOf[type](calls, requests));
      expect(error).to.include({ code: status.INVALID_ARGUMENT, details: "n: must not be 2" });
      expect((await all)[0]).to.match(/ INVALID_ARGUMENT /);
    });

    it(`${type}: ends the call with what the map of responses throws, after the messages before`, async () => {
      const read: number[] = [];
      const refuse = (_call: CallContext, { mapResponses }: CallHooks<Probe, Probe>) =>
        mapResponses((response) => {
          if (response.n > 1) throw new StatusError(status.DATA_LOSS, "n is too large");
          return response;
        });
      const { calls } = await serve([refuse]);
      const stream = {
        serverStreaming: calls.serverStreaming({ n: 1 }),
        bidirectional: calls.bidirectional([{ n: 1 }, { n: 2 }]),
      };
      const call = async () => {
        if (type === "unary" || type === "clientStreaming") await callOf[type](calls, [{ n: 2 }]);
        else for await (const { n } of stream[type]) read.push(n);
      };
      expect(await failureOf(call())).to.include({ code: status.DATA_LOSS, details: "n is too large" });
      expect(read).to.deep.equal(type in stream ? [1] : []);
    });
  }

  it("leaves the source of the responses where a map of requests throws", async () => {
    const finalised = gate();
    const refuse = (_call: CallContext, { mapRequests }: CallHooks<Probe>) =>
      mapRequests(() => {
        throw new StatusError(status.INVALID_ARGUMENT, "no more");
      });
    const { calls } = await serve([refuse], {
      ...echo,
      bidirectional(requests) {
        requests.observe().subscribe({ error: () => {} });
        return NEVER.pipe(finalize(finalised.open));
      },
    });
    const error = await failureOf(collect(calls.bidirectional(concat(of({ n: 1 }), NEVER))));
    expect(error).to.have.property("code", status.INVALID_ARGUMENT);
    await finalised.opened;
  });

  it("maps what an Observable, a generator, a promise and an iterable give, and what has its bytes already", async () => {
    const encoded = new Encoded<Probe>({ n: 5 }, Buffer.from('{"n":5}'));
    const given: Handlers<typeof ProbeService>["serverStreaming"][] = [
      () => from([{ n: 5 }, encoded]),
      () =>
        buffered(
          from([encoded, { n: 5 }]),
          coalesce<Probe>((_older, newer) => newer),
        ),
      async () => [encoded, { n: 5 }],
      function* () {
        yield { n: 5 };
        yield encoded;
      },
    ];
    for (const serverStreaming of given) {
      const { calls } = await serve([addTen], { ...echo, serverStreaming, unary: () => encoded });
      expect(await collect(calls.serverStreaming({ n: 1 }))).to.deep.equal([{ n: 10 }, { n: 10 }]);
      expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 10 });
    }
  });

  it("lets a policy merge the messages of the handler, and maps once what goes out", async () => {
    const load = "x".repeat(100_000);
    const merged = coalesce<Probe>((older, newer) => ({ n: older.n + newer.n, load }));
    const event$ = new Subject<Probe>();
    const subscribed = gate();
    const { calls } = await serve(
      [(_call, { mapResponses }) => mapResponses(({ n, load = "" }) => ({ n: n + 0.5, load }))],
      {
        ...echo,
        serverStreaming() {
          queueMicrotask(subscribed.open);
          return buffered(event$, merged);
        },
      },
    );
    const handle = calls.serverStreaming.start({ n: 1 });
    await subscribed.opened;
    let sum = 0;
    const count = 1000;
    for (let n = 1; n <= count; n += 1) event$.next({ n, load });
    event$.complete();
    let messages = 0;
    for await (const { n } of handle) {
      sum += n;
      messages += 1;
    }
    expect(messages).to.be.lessThan(count);
    expect(sum).to.equal((count * (count + 1)) / 2 + messages / 2);
    expect(merged.counters).to.include({ delivered: messages, dropped: count - messages, waiting: 0 });
  });

  for (const type of ["serverStreaming", "bidirectional"] as const) {
    it(`${type}: a server that is pulled stays as near its reader as without it`, async () => {
      const bytes = 1024;
      const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(bytes));
      const { calls } = await serve([addTen], { ...echo, serverStreaming: source, bidirectional: source });
      const handle = type === "bidirectional" ? calls.bidirectional.start([]) : calls.serverStreaming.start({ n: 1 });
      afterTheTest(() => handle.cancel());
      const iterator = handle[Symbol.asyncIterator]();
      for (let n = 1; n <= 100; n += 1) expect((await iterator.next()).value).to.include({ n: 2 * n });
      expect((await settled(calls, () => state.given)) - 100).to.be.within(1, mostAheadOfServer(bytes));
      await iterator.return?.();
    });
  }

  for (const type of ["clientStreaming", "bidirectional"] as const) {
    it(`${type}: a handler that stops reading holds its client back as without it`, async () => {
      const bytes = 1024;
      const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(bytes));
      const readOne = async (requests: Incoming<Probe>) => {
        expect((await requests[Symbol.asyncIterator]().next()).value).to.include({ n: 11 });
        return new Promise<never>(() => {});
      };
      const { calls } = await serve([addTen], { ...echo, clientStreaming: readOne, bidirectional: readOne });
      const call = calls[type].observe(source()).subscribe();
      afterTheTest(() => call.unsubscribe());
      expect(await settled(calls, () => state.given)).to.be.within(2, mostAhead(bytes) + 4);
    });
  }

  it("maps requests that are observed, and an unsubscribed Observable pauses them", async () => {
    const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(1024));
    const read = gate<number[]>();
    const { calls } = await serve([addTen], {
      ...echo,
      async clientStreaming(requests) {
        const three = await lastValueFrom(requests.observe().pipe(take(3), toArray()));
        read.open(three.map(({ n }) => n));
        return new Promise<never>(() => {});
      },
    });
    const call = calls.clientStreaming.observe(source()).subscribe();
    afterTheTest(() => call.unsubscribe());
    expect(await read.opened).to.deep.equal([11, 12, 13]);
    expect(await settled(calls, () => state.given)).to.be.within(3, mostAhead(1024) + 16);
  });

  it("leaves a source that its client leaves: a generator is returned, an Observable unsubscribed", async () => {
    const { state, source } = countedProbes(Number.POSITIVE_INFINITY);
    const unsubscribed = gate();
    const event$ = concat(of({ n: 1 }), NEVER);
    const { calls } = await serve([addTen], {
      ...echo,
      serverStreaming: source,
      bidirectional: (_requests, { signal }) => {
        signal.addEventListener("abort", () => unsubscribed.open());
        return event$;
      },
    });
    for await (const _ of calls.serverStreaming({ n: 1 })) break;
    for await (const _ of calls.bidirectional(NEVER)) break;
    await unsubscribed.opened;
    await settled(calls, () => state.finalised);
    expect(state.finalised).to.equal(1);
  });

  it("has to return a message: a promise or nothing would be an empty one", async () => {
    for (const map of [async (probe: Probe) => probe, () => {}] as unknown as ((probe: Probe) => Probe)[]) {
      for (const hook of ["mapRequests", "mapResponses"] as const) {
        expectUnexpected("has to return a message");
        const { calls } = await serve([(_call, hooks) => hooks[hook](map)]);
        expect(await failureOf(calls.unary({ n: 1 }))).to.have.property("code", status.UNKNOWN);
      }
    }
  });

  it("has to ask before it returns, also where a later one has not returned yet", async () => {
    const refused = gate<unknown>();
    const { calls } = await serve([
      (_call, { mapRequests }) => {
        setImmediate(() => {
          try {
            mapRequests(() => ({ n: 7 }));
            refused.open(undefined);
          } catch (error) {
            refused.open(error);
          }
        });
      },
      async () => void (await refused.opened),
    ]);
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
    expect(await refused.opened).to.be.instanceOf(TypeError);
  });

  it("has to ask before it returns: messages may have passed", async () => {
    const asked = gate<unknown>();
    const { calls } = await serve([
      (_call, { mapResponses }) => {
        setImmediate(() => {
          try {
            mapResponses((response) => response);
          } catch (error) {
            asked.open(error);
          }
        });
      },
    ]);
    await calls.unary({ n: 1 });
    expect(await asked.opened)
      .to.be.instanceOf(TypeError)
      .with.property("message")
      .that.includes("may have passed");
  });
});
