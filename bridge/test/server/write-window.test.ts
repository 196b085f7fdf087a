import { ServerInterceptingCall, type ServerInterceptor, type ServerWritableStream, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { defaultWriteWindow, Encoded, streamingServerOptions, type WriteWindow } from "quartet-bridge";
import { gate } from "../harness/loopback.js";
import {
  collect,
  countedProbes,
  type Probe,
  type ProbeHandlers,
  probe,
  serverStreaming,
  unary,
  untilItEnds,
} from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { settled } from "../harness/settled.js";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Passes a message on. `taken` is called when the next message may come. */
type Forward = (message: unknown, taken: () => void) => void;

function sending(send: (message: unknown, taken: () => void, forward: Forward) => void): ServerInterceptor {
  class Sending extends ServerInterceptingCall {
    override sendMessage(message: unknown, taken: () => void): void {
      send(message, taken, (sent, done) => super.sendMessage(sent, done));
    }
  }
  return (_method, call) => new Sending(call);
}

/** An interceptor that measures the messages in flight, and the most of them in one call. */
function metered() {
  const meter = { messages: 0, mostMessages: 0, mostBytes: 0 };
  const interceptor: ServerInterceptor = (method, call) => {
    const inCall = { messages: 0, bytes: 0 };
    return sending((message, taken, forward) => {
      const size = message instanceof Encoded ? message.bytes.length : 0;
      meter.messages += 1;
      inCall.messages += 1;
      inCall.bytes += size;
      meter.mostMessages = Math.max(meter.mostMessages, inCall.messages);
      meter.mostBytes = Math.max(meter.mostBytes, inCall.bytes);
      forward(message, () => {
        meter.messages -= 1;
        inCall.messages -= 1;
        inCall.bytes -= size;
        taken();
      });
    })(method, call);
  };
  return { meter, interceptor };
}

/** A server with one interceptor nearer the wire than its window, and one farther from it. */
function around(handlers: ProbeHandlers, near: ServerInterceptor, far: ServerInterceptor, window: WriteWindow = {}) {
  const { interceptors = [] } = streamingServerOptions({ interceptors: [far] }, window);
  return probe(handlers, { window: false, interceptors: [near, ...interceptors] });
}

describe("the write window", () => {
  it("refuses invalid bounds", () => {
    for (const bound of [0, 0.5, -1, Number.NaN]) {
      expect(() => streamingServerOptions({}, { messages: bound })).to.throw(RangeError, "messages");
      expect(() => streamingServerOptions({}, { bytes: bound })).to.throw(RangeError, "bytes");
    }
  });

  for (const window of [{}, { messages: 1 }, { messages: 5 }, { bytes: 1 }, { bytes: 5000 }, { bytes: 1e6 }]) {
    const { messages, bytes } = { ...defaultWriteWindow, ...window };
    it(`of ${messages} messages and ${bytes} B has no more in flight, except for the message that fills it`, async () => {
      const [near, far] = [metered(), metered()];
      const { state, source } = countedProbes(1000, "x".repeat(1000));
      const { calls } = await around(
        { serverStreaming: serverStreaming(source), unary: unary((same) => same) },
        near.interceptor,
        far.interceptor,
        window,
      );
      const responses = calls.serverStreaming({ n: 0 })[Symbol.asyncIterator]();
      await responses.next();
      await settled(calls, () => state.given);
      expect(near.meter.mostMessages).to.be.within(1, messages);
      expect(near.meter.mostBytes).to.be.below(bytes + 1100);
      // Interceptors see one message at a time, as without the window.
      expect(far.meter.mostMessages).to.equal(1);
      expect(await collect({ [Symbol.asyncIterator]: () => responses })).to.have.length(999);
      expect([near.meter.messages, far.meter.messages]).to.deep.equal([0, 0]);
      expect(near.meter.mostMessages).to.be.within(1, messages);
      expect(near.meter.mostBytes).to.be.below(bytes + 1100);
    });
  }

  it("acknowledges messages that are not encoded, and unary responses, only when they are written", async () => {
    for (const type of ["serverStreaming", "unary"] as const) {
      const [reached, opened] = [gate(), gate()];
      const { meter, interceptor } = metered();
      const { calls } = await around(
        {
          serverStreaming(call: ServerWritableStream<Probe, Probe>) {
            call.write({ n: 1 });
            call.end();
          },
          unary: unary((request) => request),
        },
        sending(async (message, taken, forward) => {
          reached.open();
          await opened.opened;
          forward(message, taken);
        }),
        interceptor,
      );
      const answer = type === "unary" ? calls.unary({ n: 1 }) : collect(calls.serverStreaming({ n: 1 }));
      await reached.opened;
      await turn();
      expect(meter.messages).to.equal(1);
      opened.open();
      await answer;
      expect(meter.messages).to.equal(0);
    }
  });

  for (const window of [{}, { messages: 2, bytes: 300 }, false] as const) {
    const behind = window === false ? "without one" : `with ${window.messages ?? "the usual"} messages`;

    it(`${behind}, keeps the order after an interceptor that delays, changes and drops (SEED=${seed})`, async () => {
      const chance = random(seed);
      let sent = 0;
      const slow = sending(async (message, taken, forward) => {
        sent += 1;
        const n = sent;
        while (chance() < 0.3) await turn();
        if (n % 7 === 0) taken();
        else if (n % 3 === 0) forward({ n, load: "changed" }, taken);
        else forward(message, taken);
      });
      const { calls } = await probe(
        {
          serverStreaming: serverStreaming((_request, call) => {
            call.trailer({ behind: "the last message" });
            return countedProbes(2000, "x".repeat(100)).source();
          }),
        },
        { window, interceptors: [slow] },
      );
      const handle = calls.serverStreaming.start({ n: 0 });
      const received = await collect(handle);
      const numbers = Array.from({ length: 2000 }, (_, index) => index + 1);
      expect(received.map(({ n }) => n)).to.deep.equal(numbers.filter((n) => n % 7 !== 0));
      expect(received.filter(({ load }) => load === "changed")).to.have.length(
        numbers.filter((n) => n % 21 && !(n % 3)).length,
      );
      expect((await handle.status).metadata.get("behind")).to.deep.equal(["the last message"]);
    });

    it(`${behind}, loses nothing from an interceptor that sends each message twice without waiting`, async () => {
      const twice = sending((message, taken, forward) => {
        forward(message, taken);
        forward(message, () => {});
      });
      const { calls } = await probe(
        { serverStreaming: serverStreaming(countedProbes(2000, "x".repeat(100)).source) },
        { window, interceptors: [twice] },
      );
      const numbers = (await collect(calls.serverStreaming({ n: 0 }))).map(({ n }) => n);
      expect(numbers).to.deep.equal(Array.from({ length: 4000 }, (_, index) => 1 + Math.trunc(index / 2)));
    });
  }

  it("lets an interceptor end a call with its own status, after the earlier messages and before the later ones", async () => {
    for (const window of [{}, { messages: 3 }]) {
      const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(1000));
      let sent = 0;
      class Ending extends ServerInterceptingCall {
        override sendMessage(message: unknown, taken: () => void): void {
          sent += 1;
          super.sendMessage(message, taken);
          if (sent === 50) super.sendStatus({ code: status.ABORTED, details: "enough", metadata: null });
        }
      }
      const { calls } = await probe(
        { serverStreaming: serverStreaming(source), unary: unary((same) => same) },
        {
          window,
          interceptors: [({ responseStream }, call) => new (responseStream ? Ending : ServerInterceptingCall)(call)],
        },
      );
      const { messages, error } = await untilItEnds(calls.serverStreaming({ n: 0 }));
      expect([messages.length, error?.code]).to.deep.equal([50, status.ABORTED]);
      await settled(calls, () => state.given);
      expect(state.finalized).to.equal(1);
    }
  });
});
