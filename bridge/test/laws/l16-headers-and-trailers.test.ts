import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallError, type CallOptions, StatusError } from "quartet-bridge";
import { answering, callOf, type Type, types } from "../harness/each-type.js";
import { collect, type Probe, ProbeService, served } from "../harness/probe.js";
import { law } from "./proof/law.js";

/** A server whose handlers call `act` and then respond once. Resolves with what a client is told, in order. */
async function told(type: Type, act: (call: CallContext) => void): Promise<string[]> {
  const { calls } = await served(
    answering((call) => {
      act(call);
      return { n: 1 };
    }),
  );
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

function metadata(word: string): Metadata {
  const made = new Metadata();
  made.set("word", word);
  return made;
}

law("L16", "headers and trailers are reachable, also of a trailers-only answer; late headers throw", () => {
  for (const type of types) {
    it(`${type}: headers come before the first message, trailers with the status`, async () => {
      const seen = await told(type, (call) => {
        call.header(metadata("first"));
        call.trailer(metadata("last"));
      });
      expect(seen.filter((line) => !line.startsWith("message"))).to.deep.equal(["headers first", "OK last"]);
      expect(seen).to.include("message 1");
    });

    it(`${type}: a handler that sends none of its own leaves empty ones`, async () => {
      const seen = await told(type, () => {});
      expect(seen.filter((line) => !line.startsWith("message"))).to.deep.equal(["headers ", "OK "]);
    });

    it(`${type}: an answer of trailers alone settles with them, and with no headers`, async () => {
      const seen = await told(type, (call) => {
        call.trailer(metadata("only"));
        throw new StatusError(status.NOT_FOUND, "no such thing");
      });
      expect(seen).to.deep.equal(["NOT_FOUND only", "error only"]);
    });

    it(`${type}: headers and then an error are both seen`, async () => {
      const seen = await told(type, (call) => {
        call.header(metadata("first"));
        call.trailer(metadata("last"));
        throw new StatusError(status.NOT_FOUND, "no such thing");
      });
      expect(seen).to.deep.equal(["headers first", "NOT_FOUND last", "error last"]);
    });

    it(`${type}: headers that come a second time throw`, async () => {
      const thrown: unknown[] = [];
      const seen = await told(type, (call) => {
        call.header(metadata("first"));
        try {
          call.header(metadata("second"));
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
    it(`${type}: headers behind a message throw, and do not vanish`, async () => {
      const thrown: unknown[] = [];
      async function* late(call: CallContext): AsyncGenerator<Probe> {
        yield { n: 1 };
        try {
          call.header(metadata("late"));
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
      expect(thrown[0])
        .to.be.instanceOf(TypeError)
        .with.property("message")
        .that.includes(`${ProbeService[type].path} are out already`);
    });
  }

  it("headers that come when the call is over throw too", async () => {
    let context: CallContext | undefined;
    const { calls } = await served({
      unary: (request, call) => {
        context = call;
        return request;
      },
    });
    await calls.unary({ n: 1 });
    expect(() => context?.header(metadata("late"))).to.throw(TypeError);
  });
});
