import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { buffered, Encoded, encoder, type Outbox, type OverflowPolicy, ReaderTooSlow } from "quartet-bridge";
import { lastValueFrom, of, Subject, tap } from "rxjs";
import { gate } from "../harness/loopback.js";
import { collect, failureOf, type Probe, ProbeService, served, throwing, unserializable } from "../harness/probe.js";
import { expectUnexpected } from "../harness/unexpected-errors.js";

/** The handlers below respond with all requests in one message. */
async function all(requests: AsyncIterable<Probe>): Promise<Probe> {
  return { n: 0, load: (await collect(requests)).map(({ n }) => n).join() };
}

describe("a policy that you write", () => {
  /** Keeps the oldest `most` messages, and then ends the call. */
  function keepOldest(most: number): OverflowPolicy<Probe> {
    const counters = { delivered: 0, dropped: 0, waiting: 0, peak: 0 };
    function open(): Outbox<Probe> {
      const queue: Encoded<Probe>[] = [];
      return {
        get empty() {
          return queue.length === 0;
        },
        keep(message) {
          if (queue.length === most) throw new ReaderTooSlow(queue.length, 1000);
          queue.push(message);
        },
        take: () => queue.shift(),
        counters,
        close: () => queue.splice(0),
      };
    }
    return { counters, open };
  }

  it("ends the call of a slow reader with the same error as the policies of the bridge", async () => {
    const source = new Subject<Probe>();
    const { calls } = await served({
      serverStreaming: (_, call) => {
        call.header({});
        return buffered(source, keepOldest(10));
      },
    });
    const handle = calls.serverStreaming.start({ n: 1 });
    await handle.headers;
    for (let n = 1; source.observed; n += 1) source.next({ n, load: "x".repeat(1000) });
    const received: number[] = [];
    const failure = await failureOf(lastValueFrom(handle.observe().pipe(tap(({ n }) => received.push(n)))));
    expect(failure).to.include({ code: status.RESOURCE_EXHAUSTED, details: new ReaderTooSlow(10, 0).details });
    expect(received)
      .to.deep.equal(received.map((_, at) => at + 1))
      .and.to.have.length.above(10);
  });
});

describe("a promise as the source of the requests", () => {
  const server = () =>
    served({ clientStreaming: all, bidirectional: (requests) => requests, unary: (request) => request });

  it("is a stream of one message", async () => {
    const { calls } = await server();
    expect(await calls.clientStreaming(Promise.resolve({ n: 7 }))).to.have.property("load", "7");
    expect(await collect(calls.bidirectional(Promise.resolve({ n: 7 })))).to.deep.equal([{ n: 7 }]);
  });

  it("that rejects fails the call with its reason, of any type", async () => {
    const { calls } = await server();
    const reason = new Error("the file could not be read");
    expect(await failureOf(calls.clientStreaming(Promise.reject(reason)))).to.equal(reason);
    expect(await failureOf(collect(calls.bidirectional(Promise.reject(reason))))).to.equal(reason);
  });

  it("that rejects after the end of the call goes to the log", async () => {
    expectUnexpected("too late");
    const { calls } = await server();
    const rejects = gate();
    const late = rejects.opened.then(throwing(new Error("too late")));
    const handle = calls.clientStreaming.start(late);
    handle.cancel();
    expect((await handle.status).code).to.equal(status.CANCELLED);
    rejects.open();
    // An unhandled rejection would come within one turn of the event loop, and this call takes many.
    await calls.unary({ n: 1 });
  });
});

// The bytes differ from the message, so that the test sees which of the two is sent.
const disguised = (n: number) => new Encoded<Probe>({ n: -n }, Buffer.from(JSON.stringify({ n })));

describe("a message that has its bytes already", () => {
  it("is sent with these bytes, as a response of every type", async () => {
    const { calls } = await served({
      unary: () => disguised(1),
      serverStreaming: () => [disguised(1), { n: 2 }, disguised(3)],
      clientStreaming: async () => disguised(1),
      bidirectional: () => of(disguised(1), { n: 2 }, disguised(3)),
    });
    expect(await calls.unary({ n: 0 })).to.deep.equal({ n: 1 });
    expect(await calls.clientStreaming([])).to.deep.equal({ n: 1 });
    for (const responses of [calls.serverStreaming({ n: 0 }), calls.bidirectional([])]) {
      expect(await collect(responses)).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }]);
    }
  });

  it("is sent with these bytes, as a request from every source", async () => {
    const { calls } = await served({ clientStreaming: all, bidirectional: (requests) => requests });
    for (const requests of [[disguised(1), { n: 2 }], of(disguised(1), { n: 2 })]) {
      expect(await calls.clientStreaming(requests)).to.have.property("load", "1,2");
      expect(await collect(calls.bidirectional(requests))).to.deep.equal([{ n: 1 }, { n: 2 }]);
    }
    expect(await calls.clientStreaming(Promise.resolve(disguised(1)))).to.have.property("load", "1");
  });

  it("is serialized once by its encoder, for any number of receivers, in its state at that time", async () => {
    let serialized = 0;
    const encode = encoder<{ n: number }>({
      responseSerialize(message) {
        serialized += 1;
        return ProbeService.serverStreaming.responseSerialize(message);
      },
    });
    const message = { n: 1 };
    const encoded = encode(message);
    message.n = 2;
    const { calls } = await served({ serverStreaming: () => [encoded, encoded] });
    for (let receiver = 0; receiver < 3; receiver += 1) {
      expect(await collect(calls.serverStreaming({ n: 0 }))).to.deep.equal([{ n: 1 }, { n: 1 }]);
    }
    expect(serialized).to.equal(1);
  });

  it("cannot be made if the serializer throws: the encoder throws the same error", () => {
    const encode = encoder(ProbeService.serverStreaming);
    expect(() => encode(unserializable)).to.throw("secret of the serializer");
  });
});
