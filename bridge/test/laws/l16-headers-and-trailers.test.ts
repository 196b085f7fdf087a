import { type Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallError, type CallOptions, StatusError } from "quartet-bridge";
import { acting, callOf, type Type, types } from "../harness/each-type.js";
import { collect, type Probe, ProbeService, served } from "../harness/probe.js";
import { law } from "./proof/law.js";

/** A server whose handlers call `act` and then respond once. Resolves with what a client is told, in order. */
async function told(type: Type, act: (call: CallContext) => void): Promise<string[]> {
  const { calls } = await served(acting(act));
  const log: string[] = [];
  const words = (metadata: Metadata) => metadata.get("word").join();
  const options: CallOptions = {
    onHeaders: (headers) => log.push(`headers ${words(headers)}`),
    onStatus: ({ code, metadata }: StatusObject) => log.push(`${status[code]} ${words(metadata)}`),
  };
  try {
    for (const { n } of await callOf[type](calls, options)) log.push(`message ${n}`);
  } catch (error) {
    log.push(`error ${words((error as CallError).metadata)}`);
  }
  return log;
}

law("L16", "headers and trailers can be read, also of a trailers-only response; late headers throw", () => {
  for (const type of types) {
    it(`${type}: headers come before the first message, trailers with the status`, async () => {
      const seen = await told(type, (call) => {
        call.header({ word: "first" });
        call.trailer({ word: "last" });
      });
      expect(seen.filter((line) => !line.startsWith("message"))).to.deep.equal(["headers first", "OK last"]);
      expect(seen).to.include("message 1");
    });

    it(`${type}: a handler that sends neither leaves both empty`, async () => {
      const seen = await told(type, () => {});
      expect(seen.filter((line) => !line.startsWith("message"))).to.deep.equal(["headers ", "OK "]);
    });

    it(`${type}: a trailers-only response settles with the trailers, and without headers`, async () => {
      const seen = await told(type, (call) => {
        call.trailer({ word: "only" });
        throw new StatusError(status.NOT_FOUND, "no such thing");
      });
      expect(seen).to.deep.equal(["NOT_FOUND only", "error only"]);
    });

    it(`${type}: headers and then an error are both seen`, async () => {
      const seen = await told(type, (call) => {
        call.header({ word: "first" });
        call.trailer({ word: "last" });
        throw new StatusError(status.NOT_FOUND, "no such thing");
      });
      expect(seen).to.deep.equal(["headers first", "NOT_FOUND last", "error last"]);
    });

    it(`${type}: sending headers a second time throws`, async () => {
      const thrown: unknown[] = [];
      const seen = await told(type, (call) => {
        call.header({ word: "first" });
        try {
          call.header({ word: "second" });
        } catch (error) {
          thrown.push(error);
        }
      });
      expect(seen).to.include("headers first").and.not.include("headers second");
      expect(thrown).to.have.length(1);
      expect(thrown[0]).to.be.instanceOf(TypeError);
    });
  }

  for (const type of ["serverStreaming", "bidirectional"] as const) {
    it(`${type}: sending headers after a message throws`, async () => {
      const thrown: unknown[] = [];
      async function* late(call: CallContext): AsyncGenerator<Probe> {
        yield { n: 1 };
        try {
          call.header({ word: "late" });
        } catch (error) {
          thrown.push(error);
        }
      }
      const { calls } = await served({
        serverStreaming: (_request, call) => late(call),
        bidirectional: (_requests, call) => late(call),
      });
      await collect(type === "bidirectional" ? calls.bidirectional([]) : calls.serverStreaming({ n: 1 }));
      expect(thrown).to.have.length(1);
      expect(thrown[0]).to.be.instanceOf(TypeError);
      expect(String(thrown[0])).to.include(`${ProbeService[type].path} are out already`);
    });
  }

  it("sending headers after the end of the call throws too", async () => {
    let context: CallContext | undefined;
    const { calls } = await served({
      unary: (request, call) => {
        context = call;
        return request;
      },
    });
    await calls.unary({ n: 1 });
    expect(() => context?.header({ word: "late" })).to.throw(TypeError);
  });
});
