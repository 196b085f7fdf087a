import { ServerInterceptingCall } from "@grpc/grpc-js";
import { expect } from "chai";
import { coalesce, failWhenFull, type Source, streamingChannelOptions } from "quartet-bridge";
import { Observable, Subject } from "rxjs";
import { collect, type Probe, pushing, served } from "../harness/probe.js";
import { law } from "./proof/law.js";

/** A message that its source changes later, which a source should not do. */
type Changing = { n: number; load: string };

/** Numbers and sizes of messages that pass, or wait in the stream object, the window or the outbox. */
const amounts: readonly (readonly [count: number, bytes: number])[] = [
  [3, 10],
  [500, 10],
  [300, 3000],
  [60, 50_000],
];

/** Sources that change each message as soon as they run again. */
const sources: Record<string, (count: number, load: string) => Source<Probe>> = {
  *"a generator"(count, load) {
    for (let n = 1; n <= count; n += 1) {
      const message: Changing = { n, load };
      yield message;
      message.n = -n;
    }
  },
  async *"an async generator"(count, load) {
    const message: Changing = { n: 0, load };
    for (let n = 1; n <= count; n += 1) {
      message.n = n;
      yield message;
      message.load = load;
    }
    message.n = -1;
  },
  "an Observable": (count, load) =>
    new Observable<Probe>((subscriber) => {
      const message: Changing = { n: 0, load };
      for (let n = 1; n <= count; n += 1) {
        message.n = n;
        subscriber.next(message);
      }
      message.n = -1;
      subscriber.complete();
    }),
};

law("L21", "messages that are changed after their source gave them", ({ ran }) => {
  for (const [kind, source] of Object.entries(sources)) {
    for (const [count, bytes] of amounts) {
      const load = "x".repeat(bytes);
      const expected = Array.from({ length: count }, (_, index) => index + 1);

      for (const window of [{}, false] as const) {
        it(`${count} of ${bytes} B from ${kind} of a server, ${window ? "with" : "without"} the window`, async () => {
          const { calls } = await served(
            { serverStreaming: () => source(count, load), bidirectional: () => source(count, load) },
            { window },
          );
          for (const responses of [calls.serverStreaming({ n: 0 }), calls.bidirectional([])]) {
            const iterator = responses[Symbol.asyncIterator]();
            const received = [(await iterator.next()).value?.n];
            // The reader stops for a while, so that messages wait.
            for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
            for await (const { n } of { [Symbol.asyncIterator]: () => iterator }) received.push(n);
            expect(received).to.deep.equal(expected);
            ran(count);
          }
        });
      }

      it(`${count} of ${bytes} B from ${kind} of a client`, async () => {
        const received: number[] = [];
        async function read(requests: AsyncIterable<Probe>): Promise<Probe> {
          for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
          for await (const { n } of requests) received.push(n);
          return { n: 0 };
        }
        const { calls } = await served(
          { clientStreaming: read, bidirectional: async (requests) => [await read(requests)] },
          { client: streamingChannelOptions },
        );
        await calls.clientStreaming(source(count, load));
        expect(received.splice(0)).to.deep.equal(expected);
        await collect(calls.bidirectional(source(count, load)));
        expect(received).to.deep.equal(expected);
        ran(2 * count);
      });
    }
  }

  it("one request, and one response", async () => {
    const accepted = { n: 1, load: "accepted" };
    const response: Changing = { ...accepted };
    class Changed extends ServerInterceptingCall {
      override sendMessage(message: unknown, taken: () => void): void {
        response.n = -1;
        super.sendMessage(message, taken);
      }
    }
    const seen: Probe[] = [];
    const { calls } = await served(
      {
        unary: (given) => {
          seen.push(given);
          return response;
        },
        serverStreaming: (given) => {
          seen.push(given);
          return [];
        },
        clientStreaming: () => Object.assign(response, accepted),
      },
      { interceptors: [(_method, call) => new Changed(call)] },
    );
    const request: Changing = { ...accepted };
    const responses = calls.serverStreaming(request)[Symbol.asyncIterator]();
    const ended = responses.next();
    const answered = calls.unary(request);
    request.n = -1;
    expect([await answered, (await ended).done]).to.deep.equal([accepted, true]);
    expect(await calls.clientStreaming([])).to.deep.equal(accepted);
    expect(seen).to.deep.equal([accepted, accepted]);
    expect(response.n).to.equal(-1);
  });

  it("messages in the outbox of either policy, and messages that a policy has merged", async () => {
    const merged: Changing[] = [];
    function merge(older: Probe, newer: Probe): Probe {
      const both: Changing = { n: newer.n, load: `${older.n}+${newer.n}` };
      merged.push(both);
      return both;
    }
    for (const policy of [failWhenFull<Probe>(), coalesce<Probe>(merge)]) {
      const subject = new Subject<Probe>();
      const { begun, serverStreaming } = pushing(subject, policy);
      const { calls } = await served({ serverStreaming });
      const responses = collect(calls.serverStreaming({ n: 0 }));
      await begun;
      const given: Changing[] = [1, 2, 3].map((n) => ({ n, load: "x".repeat(100_000) }));
      for (const message of given) subject.next(message);
      expect(policy.counters.waiting).to.be.at.least(1);
      for (const message of [...given, ...merged]) message.n = -1;
      for (const message of merged) message.load = "changed";
      subject.complete();
      const seen = (await responses).map(({ n, load }) => [n, load?.slice(0, 3)]);
      const last =
        policy.counters.dropped > 0
          ? [[3, "2+3"]]
          : [
              [2, "xxx"],
              [3, "xxx"],
            ];
      expect(seen).to.deep.equal([[1, "xxx"], ...last]);
    }
  });
});
