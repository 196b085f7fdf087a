import { once } from "node:events";
import type { OutgoingHttpHeaders } from "node:http2";
import { ServerInterceptingCall, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { buffered, type CallError, coalesce, type Source, streamingServerOptions } from "quartet-bridge";
import { from, Observable, Subject } from "rxjs";
import { stopClock } from "../harness/clock.js";
import { gate } from "../harness/loopback.js";
import { bidirectional, type Probe, probe, serverStreaming, unary, unserialisable } from "../harness/probe.js";
import { framed, rawCall, rawCallOn, rawConnection } from "../harness/raw-call.js";
import { settled } from "../harness/settled.js";
import { expectUnexpected, loggedErrors } from "../harness/unexpected-errors.js";
import { law } from "./proof/law.js";

/** What a client has received, and the error that ended it. */
async function outcome(responses: AsyncIterable<Probe>): Promise<{ received: number[]; error: CallError }> {
  const received: number[] = [];
  try {
    for await (const { n } of responses) received.push(n);
  } catch (error) {
    return { received, error: error as CallError };
  }
  throw new Error("the call ended well where the test expects it to fail");
}

/** Sources that give `good` messages, then `bad`, then would give more; `finalised` opens when they are let go. */
const sources: Record<string, (good: number, bad: Probe, finalised: () => void) => Source<Probe>> = {
  *"a generator"(good, bad, finalised) {
    try {
      for (let n = 1; n <= good; n += 1) yield { n };
      yield bad;
      for (let n = good + 2; ; n += 1) yield { n };
    } finally {
      finalised();
    }
  },
  async *"an async generator"(good, bad, finalised) {
    try {
      for (let n = 1; n <= good; n += 1) yield { n };
      yield bad;
      for (let n = good + 2; ; n += 1) yield { n };
    } finally {
      finalised();
    }
  },
  "an Observable": (good, bad, finalised) =>
    new Observable((subscriber) => {
      subscriber.add(finalised);
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

        it(`${where}: what cannot be serialised is INTERNAL, and logged once`, async () => {
          const { events } = loggedErrors("secret of the serialiser");
          const finalised = gate();
          const { calls } = await probe(
            { serverStreaming: serverStreaming(() => source(good, unserialisable, finalised.open)) },
            { window },
          );
          const { received, error } = await outcome(calls.serverStreaming({ n: 0 }));
          expect([received.length, error.code]).to.deep.equal([good, status.INTERNAL]);
          expect(error.details).not.to.include("secret");
          await finalised.opened;
          expect(events.map(({ path, error }) => `${path} ${error}`)).to.deep.equal([
            "/test.Probe/ServerStreaming Error: secret of the serialiser",
          ]);
        });

        for (const longest of [4096, 100_000]) {
          it(`${where}: what is larger than ${longest} B is RESOURCE_EXHAUSTED`, async () => {
            const finalised = gate();
            const bad = { n: good + 1, load: "x".repeat(longest) };
            const { calls } = await probe(
              {
                serverStreaming: serverStreaming(() => source(good, bad, finalised.open)),
                unary: unary((same) => same),
              },
              { window, server: { "grpc.max_send_message_length": longest } },
            );
            const { received, error } = await outcome(calls.serverStreaming({ n: 0 }));
            expect([received.length, error.code]).to.deep.equal([good, status.RESOURCE_EXHAUSTED]);
            expect(error.details).to.include("Sent message larger than max");
            await finalised.opened;
            expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
          });
        }
      }
    }
  }

  it("what a policy merges and cannot be serialised ends the call, after what waited", async () => {
    expectUnexpected("secret of the serialiser");
    const subject = new Subject<Probe>();
    const begun = gate();
    const { calls } = await probe({
      serverStreaming: serverStreaming(() => {
        setImmediate(begun.open);
        return buffered(
          subject,
          coalesce(() => unserialisable),
        );
      }),
    });
    const ended = outcome(calls.serverStreaming({ n: 0 }));
    await begun.opened;
    for (let n = 1; n <= 4; n += 1) subject.next({ n, load: "x".repeat(100_000) });
    const { received, error } = await ended;
    expect([received, error.code]).to.deep.equal([[1, 2], status.INTERNAL]);
    expect(subject.observed).to.equal(false);
  });

  /** A server that streams without end, whatever its client sends; without a window grpc-js lets such clients hang. */
  async function streaming(options: { "grpc.max_receive_message_length"?: number } = {}) {
    const state = { given: 0 };
    const finalised = gate();
    async function* endless(): AsyncGenerator<Probe> {
      try {
        for (;;) {
          state.given += 1;
          yield { n: state.given, load: "x".repeat(1000) };
        }
      } finally {
        finalised.open();
      }
    }
    const opened = await probe(
      {
        bidirectional: bidirectional((requests) => {
          from(requests).subscribe({ error: () => {} });
          return endless();
        }),
        serverStreaming: serverStreaming(endless),
        unary: unary((request) => request),
      },
      { server: options },
    );
    return { ...opened, state, finalised: finalised.opened };
  }

  it("a request that is too large, while the server streams, is RESOURCE_EXHAUSTED, and leaves no client waiting", async () => {
    for (const stalled of [false, true]) {
      const { calls, state, finalised } = await streaming({ "grpc.max_receive_message_length": 100 });
      const request$ = new Subject<Probe>();
      const responses = calls.bidirectional(request$)[Symbol.asyncIterator]();
      await responses.next();
      if (stalled) await settled(calls, () => state.given);
      request$.next({ n: 1, load: "x".repeat(1000) });
      if (stalled) await settled(calls, () => state.given);
      const { error } = await outcome({ [Symbol.asyncIterator]: () => responses });
      expect(error.code).to.equal(status.RESOURCE_EXHAUSTED);
      await finalised;
    }
  });

  it("a request that cannot be read, while the server streams, is INTERNAL, and leaves no client waiting", async () => {
    const { address, finalised } = await streaming();
    const call = rawCall(address, "/test.Probe/Bidirectional");
    call.write(framed(Buffer.from("no JSON")));
    call.resume();
    const [trailers] = await once(call, "trailers");
    expect(trailers["grpc-status"]).to.equal(String(status.INTERNAL));
    await finalised;
  });

  for (const type of ["ServerStreaming", "Bidirectional"]) {
    it(`${type}: a deadline that passes while the reader is stalled is DEADLINE_EXCEEDED when it reads on`, async () => {
      const { address, calls, state, finalised } = await streaming();
      const clock = stopClock();
      const call = rawCallOn(rawConnection(address), `/test.Probe/${type}`, { "grpc-timeout": "1S" });
      call.pause();
      call.end(framed(Buffer.from('{"n":1}')));
      await settled(calls, () => state.given);
      clock.pass(1000);
      call.resume();
      expect((await once(call, "trailers"))[0]["grpc-status"]).to.equal(String(status.DEADLINE_EXCEEDED));
      await finalised;
    });
  }

  it("a response that is too large finalizes the source at once, also while the reader takes nothing", async () => {
    const finalized = gate();
    const { address } = await probe(
      {
        serverStreaming: serverStreaming(async function* () {
          try {
            // More than the reader's buffers take, and less than the window takes besides.
            for (let n = 1; n <= 200; n += 1) yield { n, load: "x".repeat(1000) };
            for (;;) yield { n: 201, load: "x".repeat(3000) };
          } finally {
            finalized.open();
          }
        }),
      },
      { window: { messages: 1000, bytes: 1_000_000 }, server: { "grpc.max_send_message_length": 2000 } },
    );
    const call = rawCall(address, "/test.Probe/ServerStreaming");
    call.pause();
    call.end(framed(Buffer.from('{"n":1}')));
    await finalized.opened;
    let bytes = 0;
    call.on("data", (data: Buffer) => {
      bytes += data.length;
    });
    call.resume();
    expect((await once(call, "trailers"))[0]["grpc-status"]).to.equal(String(status.RESOURCE_EXHAUSTED));
    expect(bytes).to.be.within(200_000, 210_000);
  });

  // What is on its way to a reader that is stalled keeps the trailers back, and a message after the end removes them.
  for (const nearer of [0, 1]) {
    const where = nearer === 0 ? "" : ", with an interceptor nearer the wire";
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
        const { address } = await probe(
          {
            bidirectional: bidirectional((requests, { signal }) => {
              signal.addEventListener("abort", () => over.open());
              requests.observe().subscribe({ error: () => {} });
              return subject;
            }),
            unary: unary((same) => same),
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
        call.pause();
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
        // More than the reader's buffers take, and less than the window takes besides.
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
        expect((await once(call, "trailers"))[0]["grpc-status"]).to.equal(String(code));
      });
    }
  }
});
