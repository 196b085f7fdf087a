import { readFileSync } from "node:fs";
import { createFileRegistry, type DescService, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Server,
  type ServiceDefinition,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, caller, implement, type ProtoLoaderService } from "quartet-bridge";
import { serviceDefinition } from "quartet-bridge/protobuf-es";
import { PutRequest } from "#gen/quartet/upload/v1/upload.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { loopback } from "../harness/loopback.js";
import { collect, failureOf, type Probe, ProbeService } from "../harness/probe.js";
import { twoMethods } from "../harness/two-methods.js";

/** Types like those of proto-loader: one message for each direction, and no sign of what streams. */
interface LoadedMethod {
  path: string;
  requestStream: boolean;
  responseStream: boolean;
  requestSerialize(request: Probe): Buffer;
  requestDeserialize(bytes: Buffer): Required<Probe>;
  responseSerialize(response: Probe): Buffer;
  responseDeserialize(bytes: Buffer): Required<Probe>;
  originalName?: string;
}

/** `interface … extends ServiceDefinition`, as proto-loader-gen-types writes it: with its index signature. */
interface LoadedDefinition extends ServiceDefinition {
  readonly Unary: LoadedMethod;
  readonly Bidirectional: LoadedMethod;
}

interface LoadedHandlers {
  [name: string]: UntypedHandleCall;
  Unary: handleUnaryCall<Required<Probe>, Probe>;
  Bidirectional: handleBidiStreamingCall<Required<Probe>, Probe>;
}

/** The probe service as proto-loader returns it: capitalized names, and also those in lower camel case. */
const loaded: unknown = {
  Unary: { ...ProbeService.unary, originalName: "unary" },
  Bidirectional: { ...ProbeService.bidirectional, originalName: "bidirectional" },
};
const LoadedService = loaded as ProtoLoaderService<LoadedDefinition, LoadedHandlers>;

/** Two methods whose names differ only in the case of the first letter. */
const twins = {
  get: { ...ProbeService.unary, path: "/test.Twins/get" },
  Get: { ...ProbeService.unary, path: "/test.Twins/Get" },
};
const bothTwins: object = { get: () => ({ n: 1 }), Get: () => ({ n: 2 }) };

async function answers(service: ReturnType<typeof implement>): Promise<void> {
  const { client } = await loopback(service.addTo(new Server()));
  const calls = caller(LoadedService, client);
  expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 2 });
  expect(await calls.Unary({ n: 2 })).to.deep.equal({ n: 3 });
  expect(await collect(calls.bidirectional([{ n: 1 }]))).to.deep.equal([{ n: 1 }]);
}

describe("a definition of proto-loader", () => {
  it("accepts handlers with the names of the contract, or with those in lower camel case", async () => {
    await answers(implement(LoadedService, { Unary: ({ n }) => ({ n: n + 1 }), Bidirectional: (probes) => probes }));
    await answers(implement(LoadedService, { unary: ({ n }) => ({ n: n + 1 }), bidirectional: (probes) => probes }));
  });

  it("distinguishes two methods whose names differ only in the first letter", async () => {
    const { client } = await loopback(implement(twins, bothTwins as never).addTo(new Server()));
    const calls = caller(twins, client);
    expect([await calls.get({ n: 0 }), await calls.Get({ n: 0 })]).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(() => implement(twins, { get: () => ({ n: 1 }) } as never)).to.throw("no handler is given for Get");
  });

  it("accepts middleware with both names, passes their values on, and distinguishes such methods too", async () => {
    const list = [{ Unary: (call: CallContext) => call.with({ tenant: 7 }) }] as const;
    implement(LoadedService, list, { Unary: (_, { tenant }) => ({ n: tenant }), Bidirectional: (probes) => probes });
    implement(LoadedService, list, { unary: (_, { tenant }) => ({ n: tenant }), bidirectional: (probes) => probes });
    const lower = [{ unary: (call: CallContext) => call.with({ tenant: 7 }) }] as const;
    const served = implement(LoadedService, lower, {
      Unary: ({ n }, { tenant }) => ({ n: n + tenant - 6 }),
      Bidirectional: (probes) => probes,
    });
    await answers(served);
    const seen: string[] = [];
    const record = ({ path }: CallContext) => void seen.push(path);
    const { client } = await loopback(implement(twins, [{ get: record }], bothTwins as never).addTo(new Server()));
    await caller(twins, client).get({ n: 0 });
    await caller(twins, client).Get({ n: 0 });
    expect(seen).to.deep.equal(["/test.Twins/get"]);
  });

  it("accepts the unusual names that proto-loader makes", () => {
    const shouted = { HTTPGet: { ...ProbeService.unary, originalName: "httpGet" } };
    const given: object = { httpGet: ({ n }: Probe) => ({ n }) };
    expect(() => implement(shouted, given as never)).to.not.throw();
  });

  it("has the types of each direction: a handler receives complete messages, and may send partial ones", () => {
    implement(LoadedService, { unary: ({ n, load }) => ({ n: n + load.length }), bidirectional: (probes) => probes });
    // @ts-expect-error `n` is missing in the answer
    implement(LoadedService, { unary: ({ load }) => ({ load }), bidirectional: (probes) => probes });
  });

  it("does not compile with an unknown name, although its type has an index signature", () => {
    // @ts-expect-error `unarry` for `unary`
    expect(() => implement(LoadedService, { unarry: () => ({ n: 1 }), bidirectional: () => [] })).to.throw("unarry");
  });

  it("without types contains no `any`: a handler declares its own types", async () => {
    const untyped = loaded as ServiceDefinition;
    const bidirectional = (probes: AsyncIterable<Probe>) => probes;
    await answers(implement(untyped, { Unary: ({ n }: Probe) => ({ n: n + 1 }), Bidirectional: bidirectional }));
    const middleware = [(call: CallContext) => call.with({ tenant: 7 }), { Unary: () => {} }] as const;
    implement(untyped, middleware, {
      Unary: ({ n }: Probe, { tenant }) => ({ n: n + tenant }),
      Bidirectional: (probes: AsyncIterable<Probe>, { tenant }) => tenant && probes,
    });
    implement(untyped, [(_call, { mapRequests }) => mapRequests((request: unknown) => request)], {
      Unary: ({ n }: Probe) => ({ n }),
      Bidirectional: bidirectional,
    });
    // @ts-expect-error the type of `request` is unknown, so it has no `n`
    implement(untyped, { Unary: (request) => ({ n: request.n }), Bidirectional: bidirectional });
    const { client } = await loopback(new Server());
    const answer: unknown = await failureOf(Promise.resolve(caller(untyped, client).Unary?.({ n: 1 })));
    // @ts-expect-error the type of the response is unknown too
    expect(answer.n).to.equal(undefined);
  });
});

/** A service of the suite's contracts, as protobuf-es describes it. */
function described(name: string): DescService {
  const descriptors = readFileSync(new URL("../../../../src/gen/descriptors.binpb", import.meta.url));
  const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors)).getService(name);
  if (!service) throw new Error(`the contracts have no ${name}`);
  return service;
}

describe("a definition of protobuf-es", () => {
  it("is for implement and caller alike, and is compatible with the code of ts-proto", async () => {
    const whole = serviceDefinition(described("Calculator"));
    const definition = Object.fromEntries(Object.entries(whole).filter(([name]) => name in twoMethods));
    const served = implement(definition, {
      squareRoot: ({ value }: { value: number }) => ({ value: Math.sqrt(value) }),
      divide: ({ value1, value2 }: { value1: number; value2: number }) => ({ value: value1 / value2 }),
    });
    const { client } = await loopback(served.addTo(new Server()));
    expect(await caller(CalculatorService, client).squareRoot({ value: 16 })).to.deep.equal({ value: 4 });
    const answer = await caller(definition, client).divide?.({ value1: 1, value2: 4 });
    expect(answer).to.include({ value: 0.25 });
  });

  it("gives fields of bytes as protobuf-es does: their slice is a copy, unlike that of a Buffer", () => {
    const chunk = { offset: 0, data: Buffer.from("abc") };
    const bytes = Buffer.from(PutRequest.encode({ step: { $case: "chunk", chunk } }).finish());
    const received: unknown = serviceDefinition(described("quartet.upload.v1.Upload")).put?.requestDeserialize(bytes);
    const { data } = (received as { step: { value: { data: Uint8Array } } }).step.value;
    data.slice().fill(0);
    expect([...data]).to.deep.equal([...chunk.data]);
  });
});
