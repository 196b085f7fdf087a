import { ServerInterceptingCall, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { failWhenFull, type Source } from "quartet-bridge";
import { Subject } from "rxjs";
import { gate } from "../harness/loopback.js";
import { collect, failureOf, type Probe, pushing, served, throwing, untilItEnds } from "../harness/probe.js";
import { settled } from "../harness/settled.js";
import { expectUnexpected, loggedErrors } from "../harness/unexpected-errors.js";

const never = new Promise<never>(() => {});

/** An endless iterable whose iterator has `leave` as its `return`, and how often that was called. */
function leaving(leave?: () => unknown) {
  const state = { given: 0, left: 0 };
  const left = gate();
  const iterator = {
    async next() {
      state.given += 1;
      return { done: false, value: { n: state.given } };
    },
    ...(leave && {
      return() {
        state.left += 1;
        left.open();
        return leave() as Promise<IteratorResult<Probe>>;
      },
    }),
  };
  return { state, left: left.opened, source: { [Symbol.asyncIterator]: () => iterator } };
}

describe("a value that is not a source of messages", () => {
  const nothing: Record<string, unknown> = {
    undefined: undefined,
    null: null,
    "a number": 7,
    "a message": { n: 1 },
    "a text": "abc",
    "a promise of a message": Promise.resolve({ n: 1 }),
  };
  for (const [what, value] of Object.entries(nothing)) {
    it(`${what}, from a handler, is UNKNOWN for the client, and the log says what a source is`, async () => {
      const { events } = loggedErrors("messages come from an iterable");
      const { calls } = await served({
        serverStreaming: () => value as Source<Probe>,
        bidirectional: async () => value as Source<Probe>,
      });
      for (const responses of [calls.serverStreaming({ n: 0 }), calls.bidirectional([])]) {
        expect(await failureOf(collect(responses))).to.have.property("code", status.UNKNOWN);
      }
      expect(events.map(({ error }) => error instanceof TypeError)).to.deep.equal([true, true]);
    });

    if (value instanceof Promise) continue;
    it(`${what}, from a caller, fails the call, and ends it at the server`, async () => {
      const over = gate();
      const { calls } = await served({
        clientStreaming: async (_requests, { signal }) => {
          signal.addEventListener("abort", () => over.open());
          return never;
        },
        bidirectional: (requests) => requests,
        unary: (same) => same,
      });
      // A call that is cancelled before the client has connected never reaches the server.
      await calls.unary({ n: 0 });
      const requests = value as Source<Probe>;
      const failures = [calls.clientStreaming(requests), collect(calls.bidirectional(requests))].map(failureOf);
      for (const failure of failures) expect(await failure).to.be.instanceOf(TypeError);
      await over.opened;
    });
  }
});

describe("an iterator with an unusual `return`", () => {
  /** Cancels a call whose handler returns `source`, once messages flow. */
  async function cancelled(source: Source<Probe>): Promise<void> {
    const { calls } = await served({ serverStreaming: () => source, unary: (same) => same });
    const responses = calls.serverStreaming({ n: 0 })[Symbol.asyncIterator]();
    await responses.next();
    await responses.return?.();
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
  }

  it("that never settles delays nothing: a failing call gets its status", async () => {
    expectUnexpected("secret of the serializer");
    const { state, left, source } = leaving(() => never);
    await cancelled(source);
    await left;
    const { calls } = await served({
      serverStreaming: async function* () {
        try {
          yield { n: -13 };
        } finally {
          await never;
        }
      },
    });
    expect(await failureOf(collect(calls.serverStreaming({ n: 0 })))).to.have.property("code", status.INTERNAL);
    expect(state.left).to.equal(1);
  });

  it("that is missing does no harm: nothing more is taken", async () => {
    const { state, source } = leaving();
    const { calls } = await served({ serverStreaming: () => source, unary: (same) => same });
    const responses = calls.serverStreaming({ n: 0 })[Symbol.asyncIterator]();
    await responses.next();
    await responses.return?.();
    const given = await settled(calls, () => state.given);
    expect(await settled(calls, () => state.given)).to.equal(given);
  });

  it("of a source that is iterable both ways is called asynchronously", async () => {
    const { source } = leaving(async () => ({ done: true, value: undefined }));
    const both = {
      ...source,
      [Symbol.iterator]: throwing(new Error("the wrong way")),
    };
    await cancelled(both);
  });
});

describe("a source that emits inside a drain", () => {
  it("if it is an Observable that emits while it is drained, keeps the order, and overflows like any other", async () => {
    const policy = failWhenFull<Probe>({ messages: 5 });
    const subject = new Subject<Probe>();
    const { begun, serverStreaming } = pushing(subject, policy);
    const { calls } = await served(
      { serverStreaming },
      {
        interceptors: [
          (_method, call) => {
            // In the turn in which there is room again: two messages for each one that leaves.
            class Echoing extends ServerInterceptingCall {
              override sendMessage(message: unknown, taken: () => void): void {
                super.sendMessage(message, () => {
                  for (let more = 2; more > 0 && subject.observed; more -= 1) emit();
                  taken();
                });
              }
            }
            return new Echoing(call);
          },
        ],
      },
    );
    let produced = 0;
    function emit(): void {
      produced += 1;
      subject.next({ n: produced, load: "x".repeat(100_000) });
    }
    const ended = untilItEnds(calls.serverStreaming({ n: 0 }));
    await begun;
    emit();
    const { messages, error } = await ended;
    expect(error?.code).to.equal(status.RESOURCE_EXHAUSTED);
    const { delivered, dropped, waiting, peak } = policy.counters;
    expect([delivered + dropped, waiting, peak]).to.deep.equal([produced, 0, 5]);
    expect(messages.map(({ n }) => n)).to.deep.equal(messages.map((_, index) => index + 1));
  });
});
