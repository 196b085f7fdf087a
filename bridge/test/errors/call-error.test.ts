import { inspect } from "node:util";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  CallError,
  type Caller,
  caller,
  detailsOf,
  type Outgoing,
  passOn,
  StatusError,
  statusWithDetails,
} from "quartet-bridge";
import { catchError } from "rxjs";
import { answering, callOf, types } from "../harness/each-type.js";
import { connectTo } from "../harness/loopback.js";
import { collect, failureOf, metadataOf, type Probe, ProbeService, probe, served, throwing } from "../harness/probe.js";
import { expectUnexpected, loggedErrors } from "../harness/unexpected-errors.js";
import { rawServer } from "../harness/wire/raw-call.js";

/** A server that fails every call, and a second server whose handlers call it. */
async function inFront(pass: (error: unknown) => never) {
  const missing = statusWithDetails(status.NOT_FOUND, "no row 7 in table users", { errorInfo: { reason: "NO_ROW" } });
  const { calls: upstream } = await served(answering(throwing(missing)));
  return served({
    unary: (request) => upstream.unary(request).catch(pass),
    serverStreaming: (request) => upstream.serverStreaming.observe(request).pipe(catchError(pass)),
    clientStreaming: (requests) => upstream.clientStreaming(requests).catch(pass),
    async *bidirectional(requests): AsyncGenerator<Outgoing<Probe>> {
      try {
        yield* upstream.bidirectional(requests);
      } catch (error) {
        pass(error);
      }
    },
  });
}

/** What a call of each type fails with. */
function failuresOf(calls: Caller<typeof ProbeService>): Promise<CallError[]> {
  return Promise.all(types.map((type) => failureOf(callOf[type](calls)))) as Promise<CallError[]>;
}

const rethrow = (error: unknown): never => {
  throw error;
};

describe("the error of a call", () => {
  it("has code, details, trailers and path, and its stack leads to the place of the call", async () => {
    const { calls } = await served(
      answering((call) => {
        call.trailer({ why: "a test" });
        throw new StatusError(status.NOT_FOUND, "no such thing");
      }),
    );
    async function placeOfTheCall(): Promise<unknown> {
      return calls.unary({ n: 1 });
    }
    async function placeOfTheLoop(): Promise<unknown> {
      for await (const _ of calls.serverStreaming({ n: 1 }));
      return undefined;
    }
    for (const [place, path] of [
      [placeOfTheCall, "/test.Probe/Unary"],
      [placeOfTheLoop, "/test.Probe/ServerStreaming"],
    ] as const) {
      const error = (await failureOf(place())) as CallError;
      expect(error).to.be.instanceOf(CallError).and.not.instanceOf(StatusError);
      expect(error).to.include({ name: "CallError", code: status.NOT_FOUND, details: "no such thing", path });
      expect(error.message).to.equal("NOT_FOUND: no such thing");
      expect(error.metadata.get("why")).to.deep.equal(["a test"]);
      expect(error.stack)
        .to.match(/^CallError: NOT_FOUND: no such thing\n/)
        .and.include(place.name);
      expect(inspect(error)).to.include(path);
    }
  });

  it("has the reason of the signal that cancelled the call as its cause, and otherwise no cause", async () => {
    const { calls } = await served({
      unary: (request) => (request.n === 0 ? new Promise<never>(() => {}) : Promise.reject(new StatusError(5, "no"))),
    });
    const leaving = new AbortController();
    const left = failureOf(calls.unary({ n: 0 }, { signal: leaving.signal }));
    const reason = new Error("the page was closed");
    leaving.abort(reason);
    expect(await left).to.include({ code: status.CANCELLED, cause: reason });
    const { signal } = new AbortController();
    expect(await failureOf(calls.unary({ n: 1 }, { signal }))).to.not.have.property("cause");
  });

  it("that escapes a handler is UNKNOWN, and only the log gets its text and trailers", async () => {
    for (let call = 1; call <= 4; call += 1) expectUnexpected("NOT_FOUND: no row 7 in table users");
    const { calls } = await inFront(rethrow);
    for (const error of await failuresOf(calls)) {
      expect(error.code).to.equal(status.UNKNOWN);
      expect(error.details).to.not.include("row");
      expect(detailsOf(error)).to.deep.equal({});
    }
  });

  it("is passed on by passOn, with its text and details", async () => {
    const { calls } = await inFront(passOn);
    for (const error of await failuresOf(calls)) {
      expect(error).to.include({ code: status.NOT_FOUND, details: "no row 7 in table users" });
      expect(detailsOf(error).errorInfo?.reason).to.equal("NO_ROW");
    }
  });

  it("that is a subclass, or was renamed, is not for the wire either", async () => {
    class UpstreamError extends CallError {
      override readonly name = "UpstreamError";
    }
    expectUnexpected("secret");
    const error = new UpstreamError("/a/b", { code: status.NOT_FOUND, details: "secret" });
    const { calls } = await served({ unary: throwing(error) });
    expect(((await failureOf(calls.unary({ n: 1 }))) as CallError).code).to.equal(status.UNKNOWN);
  });

  it("is passed on without the headers of the other server's HTTP connection", async () => {
    const metadata = metadataOf({ "content-length": "0", date: "today", why: "full" });
    const upstream = new CallError("/a/b", { code: status.UNAVAILABLE, details: "no healthy upstream", metadata });
    const { calls } = await served({ unary: () => passOn(upstream) });
    const error = (await failureOf(calls.unary({ n: 1 }))) as CallError;
    expect(error).to.include({ code: status.UNAVAILABLE, details: "no healthy upstream" });
    expect(error.metadata.get("why")).to.deep.equal(["full"]);
    expect(error.metadata.get("date")).to.not.include("today");
  });

  it("has a code of gRPC, whatever the server sent", async () => {
    for (const code of [17, 99, -1]) {
      const { calls } = await probe({ unary: (_call, callback) => callback({ code, details: "odd" }) });
      expect(await failureOf(calls.unary({ n: 1 }))).to.include({ code: status.UNKNOWN, details: "odd" });
    }
  });

  it("of a handler may throw when it is inspected: the client gets UNKNOWN, and the log gets the error", async () => {
    const odd = (name: string) =>
      Object.defineProperty(new StatusError(status.NOT_FOUND, "odd"), name, { get: thrower });
    const thrower = throwing(new Error("no getter"));
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const thrown of [odd("code"), odd("details"), odd("metadata"), revoked.proxy]) {
      const { events } = loggedErrors(thrown === revoked.proxy ? "cannot be shown" : "odd");
      const { calls } = await served({ unary: async () => throwing(thrown)() });
      expect(((await failureOf(calls.unary({ n: 1 }))) as CallError).code).to.equal(status.UNKNOWN);
      expect(events.splice(0)).to.have.length(1);
    }
  });

  it("is not made from other errors by passOn", () => {
    const error = new TypeError("no");
    expect(() => passOn(error))
      .to.throw(TypeError)
      .and.to.equal(error);
  });

  it("is INTERNAL if grpc-js gives a status without a code, as for an unknown encoding", async () => {
    const address = await rawServer((stream) => {
      const headers = { ":status": 200, "content-type": "application/grpc", "grpc-encoding": "snappy" };
      stream.respond(headers, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([1, 0, 0, 0, 1, 0]));
    });
    const calls = caller(ProbeService, connectTo(address));
    for (const type of ["unary", "serverStreaming"] as const) {
      const handle = calls[type].start({ n: 1 });
      const error = await failureOf("response" in handle ? handle.response : collect(handle));
      const expected = { code: status.INTERNAL, details: "a response could not be decompressed" };
      expect(error).to.be.instanceOf(CallError).and.to.include(expected);
      expect(await handle.status).to.include(expected);
    }
  });
});
