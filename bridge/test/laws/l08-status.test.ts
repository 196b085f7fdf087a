import { type Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { badRequest, CallError, StatusError, violationsOf } from "quartet-bridge";
import { concat, of, throwError } from "rxjs";
import { callOf, types } from "../harness/each-type.js";
import { failureOf, metadataOf, type Probe, served, throwing } from "../harness/probe.js";
import { loggedErrors } from "../harness/unexpected-errors.js";
import { law } from "./proof/law.js";

/** The status that a client of each type sees when the handler throws `thrown`. */
async function seenFor(thrown: unknown): Promise<CallError[]> {
  const raise = throwing(thrown);
  const { calls } = await served({
    unary: raise,
    async *serverStreaming(): AsyncGenerator<Probe> {
      yield { n: 1 };
      raise();
    },
    clientStreaming: async () => raise(),
    bidirectional: () =>
      concat(
        of({ n: 1 }),
        throwError(() => thrown),
      ),
  });
  return (await Promise.all(types.map((type) => failureOf(callOf[type](calls))))) as CallError[];
}

const secret = "the password is hunter2";

law("L8", "the error of a handler becomes the right status", () => {
  for (let code = 1; code <= 16; code += 1) {
    it(`${code} ${status[code]} arrives unchanged, with its text and trailers`, async () => {
      const thrown = new StatusError(code, `about ${code} %, a newline\nand ünï¢ode 🎈`);
      thrown.metadata.set("why", "a trailer");
      for (const seen of await seenFor(thrown)) {
        expect(seen).to.be.instanceOf(CallError);
        expect([seen.code, seen.details]).to.deep.equal([code, thrown.details]);
        expect(seen.metadata.get("why")).to.deep.equal(["a trailer"]);
      }
    });
  }

  it("a status in the form of grpc-js, an object with code and details, arrives unchanged", async () => {
    for (const seen of await seenFor({ code: status.NOT_FOUND, details: "no such thing" })) {
      expect([seen.code, seen.details]).to.deep.equal([status.NOT_FOUND, "no such thing"]);
    }
  });

  const unmeant: Record<string, unknown> = {
    "an error with code 0": { code: 0, details: secret },
    "an error with code 17": { code: 17, details: secret },
    "an error with code 99": { code: 99, details: secret },
    "an error with code -1": { code: -1, details: secret },
    "an error with code 3.5": { code: 3.5, details: secret },
    "an error with code NaN": { code: Number.NaN, details: secret },
    "an error of Node, with code 'ENOENT'": Object.assign(new Error(secret), { code: "ENOENT" }),
    "an AbortError, whose code is 20": new DOMException(secret, "AbortError"),
    "an error with a status's code and no details": Object.assign(new Error(secret), { code: status.NOT_FOUND }),
    "a thrown string": secret,
    "a thrown undefined": undefined,
    "a thrown null": null,
    "an Error": new Error(secret),
  };
  for (const [what, thrown] of Object.entries(unmeant)) {
    it(`${what} is UNKNOWN, and only the log gets its text`, async () => {
      const { events } = loggedErrors("");
      for (const seen of await seenFor(thrown)) {
        expect(seen.code).to.equal(status.UNKNOWN);
        expect(`${seen.details} ${JSON.stringify(seen.metadata)}`).not.to.include("hunter2");
      }
      expect(events.map(({ error }) => error)).to.deep.equal([thrown, thrown, thrown, thrown]);
    });
  }

  it("a lone surrogate in the details is replaced, and does not end the process", async () => {
    for (const seen of await seenFor(new StatusError(status.NOT_FOUND, "🎈".slice(0, 1)))) {
      expect([seen.code, seen.details]).to.deep.equal([status.NOT_FOUND, "\ufffd"]);
    }
  });

  it("encoded details of any script stay under the 4 KiB of trailers that every client accepts", async () => {
    for (const seen of await seenFor(new StatusError(status.ABORTED, "x".repeat(1 << 20)))) {
      expect([seen.code, seen.details.length]).to.deep.equal([status.ABORTED, 1022]);
    }
    for (const text of ["漢", "🎈", "é", "%"]) {
      for (const seen of await seenFor(new StatusError(status.ABORTED, text.repeat(2000)))) {
        expect(encodeURI(seen.details).length).to.be.within(2000, 3100);
      }
    }
  });

  it("the trailers of the handler are sent with those of its error", async () => {
    const { calls } = await served({
      unary: (_request, call) => {
        call.trailer({ from: "the handler" });
        throw new StatusError(status.ABORTED, "no", { metadata: metadataOf({ why: "the error" }) });
      },
    });
    const { metadata } = (await failureOf(calls.unary({ n: 1 }))) as { metadata: Metadata };
    expect([metadata.get("from"), metadata.get("why")]).to.deep.equal([["the handler"], ["the error"]]);
  });

  it("a handler that returns no response has failed: UNKNOWN, and the log says why", async () => {
    const { events } = loggedErrors("the handler returned no response");
    for (const nothing of [undefined, null]) {
      const { calls } = await served({
        unary: () => nothing as unknown as Probe,
        clientStreaming: async () => nothing as unknown as Probe,
      });
      for (const call of [() => calls.unary({ n: 1 }), () => calls.clientStreaming([])]) {
        expect(((await failureOf(call())) as CallError).code).to.equal(status.UNKNOWN);
      }
    }
    expect(events).to.have.length(4);
  });

  it("a request that is too large is RESOURCE_EXHAUSTED, and the server continues", async () => {
    const { calls } = await served({ unary: (request: Probe) => request });
    const error = (await failureOf(calls.unary({ n: 1, load: "x".repeat(5 << 20) }))) as CallError;
    expect(error.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(await calls.unary({ n: 2 })).to.deep.equal({ n: 2 });
  });
});

describe("badRequest", () => {
  it("carries the violated fields to the client, and a sentence for people", async () => {
    const violation = { field: "value", description: "must not be negative" };
    for (const seen of await seenFor(badRequest(violation))) {
      expect([seen.code, seen.details]).to.deep.equal([status.INVALID_ARGUMENT, "value: must not be negative"]);
      expect(violationsOf(seen)).to.deep.include.members([{ ...violation, reason: "", localizedMessage: undefined }]);
    }
  });

  it("stays under the 4 KiB of trailers that every client accepts, and is well-formed, for any input", () => {
    const long = { field: "f".repeat(5000), description: "🎈".repeat(5000) };
    const error = badRequest(long, ...Array(50).fill(long));
    const bytes = error.metadata.get("grpc-status-details-bin").reduce((sum, value) => sum + value.length, 0);
    expect((bytes * 4) / 3 + encodeURI(error.details).length).to.be.below(4096);
    expect(error.details.isWellFormed()).to.equal(true);
    expect(violationsOf(error)).to.have.length(4);
  });
});
