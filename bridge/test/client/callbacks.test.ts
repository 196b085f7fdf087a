import { Metadata } from "@grpc/grpc-js";
import { expect } from "chai";
import type { CallContext, CallOptions } from "quartet-bridge";
import {
  bidirectional,
  clientStreaming,
  collect,
  failureOf,
  type Probe,
  probe,
  serverStreaming,
  unary,
} from "../harness/probe.js";

/** A server that sends headers and echoes, and how each type of call is made. */
async function echoServer() {
  async function* echo(requests: AsyncIterable<Probe> | Iterable<Probe>, call: CallContext): AsyncGenerator<Probe> {
    call.header(new Metadata());
    yield* requests;
  }
  const first = async (requests: AsyncIterable<Probe>, call: CallContext) =>
    (await echo(requests, call).next()).value as Probe;
  const { calls } = await probe({
    unary: unary(async (request, call) => (await echo([request], call).next()).value as Probe),
    serverStreaming: serverStreaming((request, call) => echo([request], call)),
    clientStreaming: clientStreaming(first),
    bidirectional: bidirectional(echo),
  });
  return {
    unary: (options: CallOptions) => calls.unary({ n: 1 }, options),
    serverStreaming: (options: CallOptions) => collect(calls.serverStreaming({ n: 1 }, options)),
    clientStreaming: (options: CallOptions) => calls.clientStreaming([{ n: 1 }], options),
    bidirectional: (options: CallOptions) => collect(calls.bidirectional([{ n: 1 }], options)),
  };
}

describe("a callback of the call's options that throws", () => {
  for (const type of ["unary", "serverStreaming", "clientStreaming", "bidirectional"] as const) {
    for (const callback of ["onHeaders", "onStatus"] as const) {
      it(`${type}: ${callback} fails the call with that very error`, async () => {
        const server = await echoServer();
        const thrown = new Error("not the answer that the caller wants");
        const refuse = () => {
          throw thrown;
        };
        expect(await failureOf(server[type]({ [callback]: refuse }))).to.equal(thrown);
        await server[type]({});
      });
    }
  }
});
