import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import type { CallContext, CallError, CallOptions } from "quartet-bridge";
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

/** Every type of call, to handlers that note the deadline that they see. */
async function timedCalls() {
  const seen: (Date | undefined)[] = [];
  const note = (call: CallContext): Probe => {
    seen.push(call.deadline);
    return { n: 1 };
  };
  const { calls } = await probe({
    unary: unary((_request, call) => note(call)),
    serverStreaming: serverStreaming((_request, call) => [note(call)]),
    clientStreaming: clientStreaming((_requests, call) => note(call)),
    bidirectional: bidirectional((_requests, call) => [note(call)]),
  });
  const made = [
    (options: CallOptions) => calls.unary({ n: 1 }, options),
    (options: CallOptions) => collect(calls.serverStreaming({ n: 1 }, options)),
    (options: CallOptions) => calls.clientStreaming([], options),
    (options: CallOptions) => collect(calls.bidirectional([], options)),
  ];
  return { seen, made };
}

const day = 24 * 60 * 60 * 1000;

describe("a deadline", () => {
  for (const [what, options] of Object.entries<CallOptions>({
    "of 30 days, more than a timer can hold": { timeoutMs: 30 * day },
    "of 50 days": { timeoutMs: 50 * day },
    "that gRPC has no words for": { timeoutMs: 1e18 },
    "of no time limit": { timeoutMs: Number.POSITIVE_INFINITY },
    "at the end of time": { deadline: new Date(8.64e15) },
  })) {
    it(`${what} is sent as none, and the call ends well`, async () => {
      const { seen, made } = await timedCalls();
      for (const call of made) await call(options);
      expect(seen).to.deep.equal([undefined, undefined, undefined, undefined]);
    });
  }

  for (const options of [{ timeoutMs: -1 }, { timeoutMs: Number.NEGATIVE_INFINITY }, { deadline: new Date(0) }]) {
    it(`that has passed, ${JSON.stringify(options)}, is DEADLINE_EXCEEDED`, async () => {
      for (const call of (await timedCalls()).made) {
        expect(((await failureOf(call(options))) as CallError).code).to.equal(status.DEADLINE_EXCEEDED);
      }
    });
  }

  for (const options of [{ timeoutMs: Number.NaN }, { deadline: new Date("tomorrow") }]) {
    it(`that is no moment, ${Object.keys(options)}, is refused before a call is made`, async () => {
      for (const call of (await timedCalls()).made) {
        expect(await failureOf(call(options))).to.be.instanceOf(RangeError);
      }
    });
  }
});
