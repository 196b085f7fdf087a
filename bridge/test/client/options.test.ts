import {
  ChannelCredentials,
  credentials,
  InterceptingCall,
  type Interceptor,
  Server,
  ServerCredentials,
} from "@grpc/grpc-js";
import { expect } from "chai";
import {
  type CallContext,
  type CallerOptions,
  type CallOptions,
  caller,
  type FailWhenFullOptions,
  implement,
  type MetadataEntries,
  type WriteWindow,
} from "quartet-bridge";
import type { LoopbackOptions } from "quartet-bridge/testing";
import { acting, callOf, echo, types } from "../harness/each-type.js";
import { afterTheTest, connectTo } from "../harness/loopback.js";
import { failureOf, metadataOf, ProbeService, served, throwing } from "../harness/probe.js";
import { certificate, key } from "../harness/wire/certificate.js";

/** A server whose handlers note their context, and a call of each type. */
async function noted(options: CallerOptions<typeof ProbeService> = {}) {
  const seen: CallContext[] = [];
  const { client } = await served(acting((call) => seen.push(call)));
  const calls = caller(ProbeService, client, options);
  async function callAll(options?: CallOptions): Promise<CallContext[]> {
    seen.length = 0;
    for (const type of types) await callOf[type](calls, options);
    return seen;
  }
  return { calls, callAll };
}

const asAda = credentials.createFromMetadataGenerator((_options, callback) => {
  callback(null, metadataOf({ authorization: "Bearer ada" }));
});

const values = (calls: CallContext[], key: string) => calls.map(({ metadata }) => metadata.get(key).join());

describe("the options of a call", () => {
  it("take metadata as a literal, with several values and with bytes", async () => {
    const { callAll } = await noted();
    const metadata: MetadataEntries = { word: ["a", "b"], "id-bin": Buffer.from([1, 255]) };
    for (const { metadata: received } of await callAll({ metadata })) {
      expect(received.get("word").join()).to.match(/^a, ?b$/);
      expect(received.get("id-bin")).to.deep.equal([Buffer.from([1, 255])]);
    }
  });

  it("count as absent if they are undefined", async () => {
    const { callAll } = await noted({ timeoutMs: 60_000, middleware: undefined });
    const undefinedOptions: { [Name in keyof Required<CallOptions>]: undefined } = {
      metadata: undefined,
      deadline: undefined,
      timeoutMs: undefined,
      signal: undefined,
      credentials: undefined,
      interceptors: undefined,
      onHeaders: undefined,
      onStatus: undefined,
    };
    for (const { deadline } of await callAll(undefinedOptions)) expect(deadline).to.be.instanceOf(Date);
    for (const { metadata } of await callAll({ metadata: { word: undefined } }))
      expect(metadata.get("word")).to.be.empty;
  });

  it("are completed by the defaults of the caller, metadata key by key", async () => {
    const { callAll } = await noted({ timeoutMs: 60_000, metadata: { word: "default", other: "kept" } });
    expect(values(await callAll(), "word")).to.deep.equal(Array(4).fill("default"));
    const calls = await callAll({ metadata: { word: "own" } });
    expect(values(calls, "word")).to.deep.equal(Array(4).fill("own"));
    expect(values(calls, "other")).to.deep.equal(Array(4).fill("kept"));
    for (const { deadline } of calls) expect(deadline).to.be.instanceOf(Date);
    for (const { deadline } of await callAll({ timeoutMs: Number.POSITIVE_INFINITY }))
      expect(deadline).to.equal(undefined);
  });

  it("do not change the metadata objects of the defaults and of the call", async () => {
    const defaults = metadataOf({ word: "default" });
    const own = metadataOf({ "grpc-timeout": "1S", note: " blanks " });
    const { callAll } = await noted({ metadata: defaults });
    await callAll({ metadata: own });
    expect(defaults.toJSON()).to.deep.equal({ word: ["default"] });
    expect(own.toJSON()).to.deep.equal({ "grpc-timeout": ["1S"], note: [" blanks "] });
  });

  it("can have interceptors for one call only", async () => {
    const { callAll } = await noted();
    const interceptor: Interceptor = (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        start(metadata, listener, next) {
          metadata.set("word", "of the interceptor");
          next(metadata, listener);
        },
      });
    expect(values(await callAll({ interceptors: [interceptor] }), "word")).to.deep.equal(
      Array(4).fill("of the interceptor"),
    );
    expect(values(await callAll(), "word")).to.deep.equal(Array(4).fill(""));
  });

  it("can have credentials for one call only, over TLS", async () => {
    const server = new Server();
    const users: string[] = [];
    implement(ProbeService, {
      ...echo,
      unary(request, call) {
        users.push(call.metadata.get("authorization").join());
        return request;
      },
    }).addTo(server);
    const keyPair = { private_key: Buffer.from(key), cert_chain: Buffer.from(certificate) };
    const port = await new Promise<number>((resolve, reject) => {
      const bound = (error: Error | null, port: number) => (error ? reject(error) : resolve(port));
      server.bindAsync("127.0.0.1:0", ServerCredentials.createSsl(null, [keyPair]), bound);
    });
    afterTheTest(() => server.forceShutdown());
    const secure = ChannelCredentials.createSsl(Buffer.from(certificate));
    const calls = caller(
      ProbeService,
      connectTo(`127.0.0.1:${port}`, { "grpc.ssl_target_name_override": "localhost" }, secure),
    );
    await calls.unary({ n: 1 }, { credentials: asAda });
    await calls.unary({ n: 2 });
    expect(users).to.deep.equal(["Bearer ada", ""]);
  });

  it("send credentials without TLS too, as the docstring warns", async () => {
    const { callAll } = await noted();
    expect(values(await callAll({ credentials: asAda }), "authorization")).to.deep.equal(Array(4).fill("Bearer ada"));
  });
});

describe("a callback of the call's options that throws", () => {
  for (const type of types) {
    for (const callback of ["onHeaders", "onStatus"] as const) {
      it(`${type}: ${callback} fails the call with the same error`, async () => {
        const { calls } = await served(acting((call) => call.header({})));
        const thrown = new Error("not the answer that the caller wants");
        expect(await failureOf(callOf[type](calls, { [callback]: throwing(thrown) }))).to.equal(thrown);
        await callOf[type](calls);
      });
    }
  }
});

/** Whether each option of `T` may be undefined, also where TypeScript tells that from absent. */
type TakesUndefined<T> = { [Name in keyof T]?: undefined } extends T ? true : Name<T>;
/** The options of `T` that may not. */
type Name<T> = { [Name in keyof T]-?: { [Only in Name]?: undefined } extends Pick<T, Name> ? never : Name }[keyof T];

type Holds<T extends true> = T;

/** Checked by the compiler: an option that does not take undefined is named in its error. */
export type UndefinedIsAccepted = [
  Holds<TakesUndefined<CallOptions>>,
  Holds<TakesUndefined<CallerOptions<typeof ProbeService>>>,
  Holds<TakesUndefined<LoopbackOptions>>,
  Holds<TakesUndefined<FailWhenFullOptions>>,
  Holds<TakesUndefined<WriteWindow>>,
];
