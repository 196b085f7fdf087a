import { once } from "node:events";
import type { OutgoingHttpHeaders } from "node:http2";
import { ServerInterceptingCall, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { coalesce, type Source, streamingServerOptions } from "quartet-bridge";
import { Observable, Subject } from "rxjs";
import { stopClock } from "../harness/clock.js";
import { gate } from "../harness/loopback.js";
import { type Probe, pushing, served, unserializable, untilItEnds } from "../harness/probe.js";
import { expectUnexpected, loggedErrors } from "../harness/unexpected-errors.js";
import { framed, rawCall, rawCallOn, rawConnection } from "../harness/wire/raw-call.js";
import { law } from "./proof/law.js";

function* generator(good: number, bad: Probe, finalized: () => void): Generator<Probe> {
  try {
    for (let n = 1; n <= good; n += 1) yield { n };
    yield bad;
    for (let n = good + 2; ; n += 1) yield { n };
  } finally {
    finalized();
  }
}

/** Sources that give `good` messages, then `bad`, and then would give more, and tell when they are finalized. */
const sources: Record<string, (good: number, bad: Probe, finalized: () => void) => Source<Probe>> = {
  "a generator": generator,
  async *"an async generator"(good, bad, finalized) {
    yield* generator(good, bad, finalized);
  },
  "an Observable": (good, bad, finalized) =>
    new Observable((subscriber) => {
      subscriber.add(finalized);
      for (let n = 1; n <= good; n += 1) subscriber.next({ n });
      subscriber.next(bad);
      for (let n = good + 2; n < good + 10; n += 1) subscriber.next({ n });
    }),
};

const windows = {
  "the default window": {},
  "a window of two": { messages: 2, bytes: 100 },
  "no window": false,
} as const;

const passing = (_method: unknown, call: ServerInterceptingCallInterface) => new ServerInterceptingCall(call);

law("L8", "a call that fails in the middle of its messages", () => {
  for (const [windowed, window] of Object.entries(windows)) {
    for (const [kind, source] of Object.entries(sources)) {
      for (const good of [0, 1, 3, 300]) {
        const where = `after ${good} of ${kind}, with ${windowed}`;

        it(`${where}: a message that cannot be serialized is INTERNAL, and logged once`, async () => {
          const { events } = loggedErrors("secret of the serializer");
          const finalized = gate();
          const { calls } = await served(
            { serverStreaming: () => source(good, unserializable, finalized.open) },
            { window },
          );
          const { messages, error } = await untilItEnds(calls.serverStreaming({ n: 0 }));
          expect([messages.length, error?.code]).to.deep.equal([good, status.INTERNAL]);
          expect(error?.details).not.to.include("secret");
          await finalized.opened;
          expect(events.map(({ path, error }) => `${path} ${error}`)).to.deep.equal([
            "/test.Probe/ServerStreaming Error: secret of the serializer",
          ]);
        });

        for (const longest of [4096, 100_000]) {
          it(`${where}: a message larger than ${longest} B is RESOURCE_EXHAUSTED`, async () => {
            const finalized = gate();
            const bad = { n: good + 1, load: "x".repeat(longest) };
            const { calls } = await served(
              { serverStreaming: () => source(good, bad, finalized.open), unary: (same) => same },
              { window, server: { "grpc.max_send_message_length": longest } },
            );
            const { messages, error } = await untilItEnds(calls.serverStreaming({ n: 0 }));
            expect([messages.length, error?.code]).to.deep.equal([good, status.RESOURCE_EXHAUSTED]);
            expect(error?.details).to.include("Sent message larger than max");
            await finalized.opened;
            expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
          });
        }
      }
    }
  }

  it("a merged message that cannot be serialized ends the call, after the waiting messages", async () => {
    expectUnexpected("secret of the serializer");
    const subject = new Subject<Probe>();
    const { begun, serverStreaming } = pushing(
      subject,
      coalesce<Probe>(() => unserializable),
    );
    const { calls } = await served({ serverStreaming });
    const ended = untilItEnds(calls.serverStreaming({ n: 0 }));
    await begun;
    for (let n = 1; n <= 4; n += 1) subject.next({ n, load: "x".repeat(100_000) });
    const { messages, error } = await ended;
    expect([messages.map(({ n }) => n), error?.code]).to.deep.equal([[1, 2], status.INTERNAL]);
    expect(subject.observed).to.equal(false);
  });

  it("a response that is too large finalizes the source at once, also if the reader reads nothing", async () => {
    const finalized = gate();
    const { address } = await served(
      {
        serverStreaming: async function* () {
          try {
            // More than the reader's buffers take, and less than they and the window take together.
            for (let n = 1; n <= 200; n += 1) yield { n, load: "x".repeat(1000) };
            for (;;) yield { n: 201, load: "x".repeat(3000) };
          } finally {
            finalized.open();
          }
        },
      },
      { window: { messages: 1000, bytes: 1_000_000 }, server: { "grpc.max_send_message_length": 2000 } },
    );
    const call = rawCall(address, "/test.Probe/ServerStreaming");
    call.pause();
    call.end(framed(Buffer.from('{"n":1}')));
    await finalized.opened;
    let bytes = 0;
    call.on("data", (data: Buffer) => (bytes += data.length));
    call.resume();
    expect((await once(call, "trailers"))[0]["grpc-status"]).to.equal(String(status.RESOURCE_EXHAUSTED));
    expect(bytes).to.be.within(200_000, 210_000);
  });

  // Messages on the way to a stalled reader delay the trailers, and a message after the end would remove them.
  for (const [stalled, nearer] of [
    [false, 0],
    [true, 0],
    [true, 1],
  ] as const) {
    const where = `${stalled ? ", of a reader that is stalled" : ""}${nearer ? ", with an interceptor nearer the wire" : ""}`;
    const causes: Record<string, { headers?: OutgoingHttpHeaders; request?: Buffer; code: status }> = {
      "a request that is too large": { request: framed(Buffer.alloc(200)), code: status.RESOURCE_EXHAUSTED },
      "a request that cannot be read": { request: framed(Buffer.from("no JSON")), code: status.INTERNAL },
      "the deadline": { headers: { "grpc-timeout": "1S" }, code: status.DEADLINE_EXCEEDED },
    };
    for (const [cause, { headers, request, code }] of Object.entries(causes)) {
      it(`${cause} ends the call although messages follow, each in its own turn${where}`, async () => {
        const subject = new Subject<Probe>();
        const over = gate();
        const { interceptors = [] } = streamingServerOptions({}, { messages: 1000, bytes: 1_000_000 });
        const { address } = await served(
          {
            bidirectional: (requests, { signal }) => {
              signal.addEventListener("abort", () => over.open());
              requests.observe().subscribe({ error: () => {} });
              return subject;
            },
            unary: (same) => same,
          },
          {
            window: false,
            server: { "grpc.max_receive_message_length": 100 },
            interceptors: [...Array(nearer).fill(passing), ...interceptors],
          },
        );
        const clock = stopClock();
        const connection = rawConnection(address);
        const call = rawCallOn(connection, "/test.Probe/Bidirectional", headers);
        const ended = once(call, "trailers");
        if (stalled) call.pause();
        else call.resume();
        async function answered(): Promise<void> {
          const other = rawCallOn(connection, "/test.Probe/Unary");
          other.resume();
          other.end(framed(Buffer.from('{"n":1}')));
          await once(other, "trailers");
        }
        async function push(count: number): Promise<void> {
          for (let n = 1; n <= count; n += 1) {
            await new Promise((resolve) => setImmediate(resolve));
            subject.next({ n, load: "x".repeat(1000) });
          }
        }
        await answered();
        // More than the reader's buffers take, and less than they and the window take together.
        await push(200);
        if (request) {
          call.write(request);
          await answered();
          await answered();
        } else {
          clock.pass(1000);
          await over.opened;
        }
        await push(10);
        call.resume();
        expect((await ended)[0]["grpc-status"]).to.equal(String(code));
        await over.opened;
        expect(subject.observed).to.equal(false);
      });
    }
  }
});
