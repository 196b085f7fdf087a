import { ServerInterceptingCall } from "@grpc/grpc-js";
import { expect } from "chai";
import { defaultWriteWindow, streamingChannelOptions } from "quartet-bridge";
import { bytesHeld, large } from "../harness/buffers-on-the-way.js";
import { afterTheTest } from "../harness/loopback.js";
import { type Probe, served } from "../harness/probe.js";
import { settled } from "../harness/settled.js";
import { framed, rawCall } from "../harness/wire/raw-call.js";
import { law } from "./proof/law.js";

const never = new Promise<never>(() => {});
const kibibyte = 1024;
const sizes = [40, 400, 4096, large - 1, large, large + 1, 65 * kibibyte, 1024 * kibibyte, 4096 * kibibyte];

/** A probe of `bytes` bytes on the wire. */
function probeOf(n: number, bytes: number): Probe {
  const rest = JSON.stringify({ n, load: "" }).length;
  return { n, load: "x".repeat(bytes - rest) };
}

/** Endless probes of one size, and how many were taken. */
function endless(bytes: number) {
  const state = { given: 0 };
  function* synchronous(): Generator<Probe> {
    for (;;) {
      state.given += 1;
      yield probeOf(state.given, bytes);
    }
  }
  async function* asynchronous(): AsyncGenerator<Probe> {
    yield* synchronous();
  }
  return { state, synchronous, asynchronous };
}

/** How many messages a sender takes for a peer that reads nothing, without write window and retry buffer. */
function mostTaken(bytes: number): number {
  // The messages in the stream object, those on the wire, and the one that is being written.
  return (bytes < large ? 16 : 1) + Math.ceil(bytesHeld / bytes) + 1;
}

/** The same in bytes. */
function mostBytesTaken(bytes: number): number {
  return Math.max(16 * large, bytes) + bytesHeld + 2 * bytes;
}

law("L5", "pulled sources, for a peer that never reads", ({ figure }) => {
  for (const bytes of sizes) {
    for (const window of [{}, false] as const) {
      const early = window && bytes <= defaultWriteWindow.bytes;
      const most =
        mostTaken(bytes) +
        (early ? Math.min(defaultWriteWindow.messages, Math.ceil(defaultWriteWindow.bytes / bytes)) : 0);
      const mostBytes = mostBytesTaken(bytes) + (early ? defaultWriteWindow.bytes + bytes : 0);
      const where = `${bytes} B, ${window ? "write window" : "no window"}`;

      for (const [kind, path] of Object.entries({ synchronous: "ServerStreaming", asynchronous: "Bidirectional" })) {
        it(`${where}: a server takes at most ${most} messages from a ${kind} source`, async () => {
          const { state, ...sources } = endless(bytes);
          const { address, calls } = await served(
            {
              serverStreaming: () => sources.synchronous(),
              bidirectional: () => sources.asynchronous(),
              unary: (request) => request,
            },
            { window },
          );
          const call = rawCall(address, `/test.Probe/${path}`);
          call.pause();
          call.end(framed(Buffer.from('{"n":1}')));
          const given = await settled(calls, () => state.given);
          expect(given).to.be.at.least(1);
          figure("messages taken for a client that never reads", given, most, where);
          figure("KiB taken for a client that never reads", (given * bytes) / kibibyte, mostBytes / kibibyte, where);
        });
      }
    }

    // Up to 4 KiB fit the retry buffer; see streamingChannelOptions.
    const most = mostTaken(bytes) + Math.ceil(4096 / bytes);
    for (const type of ["clientStreaming", "bidirectional"] as const) {
      it(`${bytes} B: a client takes at most ${most} messages for a ${type} handler that never reads`, async () => {
        const { state, asynchronous } = endless(bytes);
        const { calls } = await served(
          { clientStreaming: () => never, bidirectional: () => never, unary: (request) => request },
          { client: streamingChannelOptions },
        );
        const call = calls[type].observe(asynchronous()).subscribe();
        afterTheTest(() => call.unsubscribe());
        const given = await settled(calls, () => state.given);
        expect(given).to.be.at.least(1);
        const mostBytes = mostBytesTaken(bytes) + 4096 + bytes;
        figure("messages taken for a handler that never reads", given, most, `${bytes} B`);
        figure(
          "KiB taken for a handler that never reads",
          (given * bytes) / kibibyte,
          mostBytes / kibibyte,
          `${bytes} B`,
        );
      });
    }
  }

  it("a large message waits alone in the stream object, however often the reader stops and continues", async () => {
    for (const bytes of [large, 65 * kibibyte]) {
      const { state, asynchronous } = endless(bytes);
      let written = 0;
      class Counting extends ServerInterceptingCall {
        override sendMessage(message: unknown, taken: () => void): void {
          written += 1;
          super.sendMessage(message, taken);
        }
      }
      const { calls } = await served(
        { serverStreaming: () => asynchronous(), unary: (request) => request },
        {
          window: { bytes: 1024 * kibibyte },
          interceptors: [({ responseStream }, call) => new (responseStream ? Counting : ServerInterceptingCall)(call)],
        },
      );
      const responses = calls.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
      for (let stops = 0; stops < 5; stops += 1) {
        for (let n = 0; n < 30; n += 1) await responses.next();
        const given = await settled(calls, () => state.given);
        figure("large messages that wait for the one being written", given - written, 0, `${bytes} B`);
      }
      await responses.return?.();
    }
  });
});
