import { runInNewContext } from "node:vm";
import { type Client, Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  caller,
  Encoded,
  type Handlers,
  type Incoming,
  implement,
  StatusError,
  serverStreaming,
  streamingServerOptions,
} from "quartet-bridge";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { CalculatorClient } from "#gen/tutorials/calculator.js";
import { callOf, echo, types } from "../harness/each-type.js";
import { loopback } from "../harness/loopback.js";
import { collect, failureOf, type Probe, ProbeService } from "../harness/probe.js";
import { twoMethods } from "../harness/two-methods.js";

const squareRoot = ({ value }: { value: number }) => ({ value: Math.sqrt(value) });
const divide = ({ value1, value2 }: { value1: number; value2: number }) => ({ value: value1 / value2 });

/** Calls each method of a probe service on `server`, and compares the responses. */
async function answersOnAll(server: Server): Promise<void> {
  const { client } = await loopback(server);
  const calls = caller(ProbeService, client);
  expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 2 });
  expect(await collect(calls.serverStreaming({ n: 1 }))).to.deep.equal([{ n: 1 }, { n: 2 }]);
  expect(await calls.clientStreaming([{ n: 1 }, { n: 2 }])).to.deep.equal({ n: 3 });
  expect(await collect(calls.bidirectional([{ n: 1 }, { n: 2 }]))).to.deep.equal([{ n: 1 }, { n: 2 }]);
}

// Some of the lines below must not compile: if they do, the compiler refuses the mark above them.
describe("implement", () => {
  it("makes handlers that also work under the generated definition", async () => {
    const server = new Server(streamingServerOptions());
    const service = implement(ProbeService, {
      unary: ({ n }) => new Encoded({ n: n + 1 }, Buffer.from(JSON.stringify({ n: n + 1 }))),
      serverStreaming: ({ n }) => [{ n }, { n: n + 1 }],
      clientStreaming: echo.clientStreaming,
      bidirectional: echo.bidirectional,
    });
    server.addService(ProbeService, service.implementation);
    await answersOnAll(service.addTo(new Server()));
    await answersOnAll(server);
  });

  it("awaits anything with a `then`: a query, or a promise of another realm", async () => {
    const query = <T>(rows: T): PromiseLike<T> => ({
      // biome-ignore lint/suspicious/noThenProperty: the test is about it
      then: (found, failed) => Promise.resolve(rows).then(found, failed),
    });
    /** Like the builders of knex: a promise that is also iterable. */
    const builder = <T>(rows: T[]): PromiseLike<T[]> & AsyncIterable<T> =>
      Object.assign(() => {}, {
        ...query(rows),
        [Symbol.asyncIterator]: (): never => expect.fail("a query that is awaited has been iterated"),
      });
    const realm: PromiseLike<Probe> = runInNewContext("Promise.resolve({ n: 3 })");
    const service = implement(ProbeService, {
      unary: ({ n }) => query({ n: n + 1 }),
      serverStreaming: ({ n }) => builder([{ n }, { n: n + 1 }]),
      clientStreaming: () => realm,
      bidirectional: async (requests) => requests,
    });
    await answersOnAll(service.addTo(new Server()));
  });

  it("ends the call with the error of a query, also if it rejects in the turn in which it is awaited", async () => {
    const rejected: PromiseLike<never> = {
      // biome-ignore lint/suspicious/noThenProperty: the test is about it
      then(_found, failed) {
        failed?.(new StatusError(status.NOT_FOUND, "no such row"));
        return this as never;
      },
    };
    const reject = () => rejected;
    const failing = { unary: reject, serverStreaming: reject, clientStreaming: reject, bidirectional: reject };
    const { client } = await loopback(implement(ProbeService, failing).addTo(new Server()));
    for (const type of types) {
      const failure = await failureOf(callOf[type](caller(ProbeService, client)));
      expect(failure).to.include({ code: status.NOT_FOUND, details: "no such row" });
    }
  });

  it("accepts a class instance with inherited handlers and other members, and names the missing handlers", async () => {
    abstract class Streams {
      *serverStreaming({ n }: Probe) {
        yield* [{ n }, { n: n + 1 }];
      }
      bidirectional(requests: Incoming<Probe>) {
        return requests;
      }
    }
    class Probes extends Streams {
      readonly seen: number[] = [];
      #calls = 0;
      unary({ n }: Probe) {
        this.#calls += 1;
        this.seen.push(n);
        return { n: n + this.#calls };
      }
      async clientStreaming(requests: Incoming<Probe>) {
        return { n: (await collect(requests)).reduce((sum, { n }) => sum + n, this.#calls - 1) };
      }
    }
    await answersOnAll(implement(ProbeService, new Probes()).addTo(new Server()));
    class Partly extends Streams {}
    // @ts-expect-error two are missing
    expect(() => implement(ProbeService, new Partly())).to.throw(
      TypeError,
      "for unary, clientStreaming; its methods are",
    );
    // @ts-expect-error a class is not an instance of itself
    expect(() => implement(ProbeService, Probes)).to.throw(TypeError, "no handler is given for unary,");
  });

  it("says which handlers are missing, and which have no method", () => {
    const absent = { ...ProbeService.unary, path: "/test.Probe/ToString" };
    // A member of every object is not a handler.
    expect(() => implement({ toString: absent }, {} as never)).to.throw("no handler is given for toString");
    expect(() => implement({ toString: absent }, undefined as never)).to.throw("no handler is given for toString");
    const without = { squareRoot, divide: undefined } as unknown as Handlers<typeof twoMethods>;
    expect(() => implement(twoMethods, without)).to.throw(/^no handler is given for divide; its methods/);
    const partly = { squareroot: squareRoot, divide } as unknown as Handlers<typeof twoMethods>;
    expect(() => implement(twoMethods, partly)).to.throw(
      TypeError,
      /^no handler is given for squareRoot, and the service has no method squareroot; its methods are squareRoot, divide$/,
    );
  });

  it("refuses a service that is not a definition", () => {
    for (const other of [undefined, {}, CalculatorClient, { squareRoot: () => {} }] as unknown[]) {
      expect(() => implement(other as typeof twoMethods, { squareRoot, divide })).to.throw("not its client class");
      expect(() => caller(other as typeof twoMethods, {} as Client)).to.throw("not its client class");
    }
  });

  it("gives a handler the type of its requests", () => {
    implement(twoMethods, {
      squareRoot({ value }) {
        // @ts-expect-error a number, not a text
        return { value: value.length };
      },
      divide,
    });
  });

  it("does not compile with a handler missing", () => {
    // @ts-expect-error `divide` is missing
    expect(() => implement(twoMethods, { squareRoot })).to.throw("no handler is given for divide");
  });

  it("does not compile with a misspelled handler", () => {
    // @ts-expect-error `squareroot` for `squareRoot`
    expect(() => implement(twoMethods, { squareroot: squareRoot, divide })).to.throw("squareroot");
    // @ts-expect-error `root` is not a method of the service
    expect(() => implement(twoMethods, { squareRoot, divide, root: squareRoot })).to.throw("no method root");
  });

  it("does not compile with a handler of another type, or for other messages", () => {
    // @ts-expect-error a stream instead of one response
    implement(twoMethods, { squareRoot: () => [{ value: 1 }], divide });
    // @ts-expect-error one response instead of a stream
    implement(VitalsService, { replay: () => ({ sequence: 1 }), watch: () => [] });
    // @ts-expect-error no response
    implement(twoMethods, { squareRoot: () => {}, divide });
    // @ts-expect-error `root` for `value` in the answer
    implement(twoMethods, { squareRoot: () => ({ root: 1 }), divide });
    // @ts-expect-error `value2` is not a field of the request
    implement(twoMethods, { squareRoot: divide, divide });
    // @ts-expect-error a handler of grpc-js, which answers by its callback
    implement(twoMethods, { squareRoot: (_call, callback) => callback(null, { value: 1 }), divide });
  });

  it("makes a service that a server accepts once: a second one would never be called", () => {
    const server = implement(twoMethods, { squareRoot, divide }).addTo(new Server());
    expect(() => implement(twoMethods, { squareRoot, divide }).addTo(server)).to.throw("already provided");
  });
});

describe("the adapters for single methods", () => {
  it("can be used with raw handlers, in a service that is put together by hand", async () => {
    const replay = serverStreaming(VitalsService.replay, ({ count }) =>
      Array.from({ length: count }, (_, index) => ({ sequence: index + 1, measuredAt: undefined, readings: [] })),
    );
    const server = new Server();
    server.addService(
      { ...VitalsService, replay: replay.definition },
      { replay: replay.handler, watch: (call: { end(): void }) => call.end() },
    );
    const { client } = await loopback(server);
    const vitals = caller(VitalsService, client);
    expect((await collect(vitals.replay({ count: 3 }))).map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
    expect(await collect(vitals.watch({ metrics: [], intervalMs: 0 }))).to.deep.equal([]);
  });

  it("do not compile with a handler of another method's type", () => {
    // @ts-expect-error one response instead of a stream
    serverStreaming(VitalsService.replay, () => ({ sequence: 1 }));
    // @ts-expect-error `n` for `sequence`
    serverStreaming(VitalsService.replay, (): Probe[] => [{ n: 1 }]);
  });
});
