import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  buffered,
  type CallError,
  failWhenFull,
  mapOnDemand,
  resuming,
  type Source,
  StatusError,
} from "quartet-bridge";
import { from, lastValueFrom, retry } from "rxjs";
import { gate } from "../harness/loopback.js";
import { collect, failureOf, type Probe, served } from "../harness/probe.js";
import { expectUnexpected } from "../harness/unexpected-errors.js";
import { law } from "./proof/law.js";

const three = [{ n: 1 }, { n: 2 }, { n: 3 }];

async function* generator(): AsyncGenerator<Probe> {
  yield* three;
}

/** Makes sources that can be read only once. */
const oneShots: Record<string, () => Source<Probe>> = {
  "an async generator": generator,
  "a generator": function* () {
    yield* three;
  },
  "the values of a Map": () => new Map(three.map((each) => [each.n, each])).values(),
  "an iterable that has one iterator": () => {
    const iterator = generator();
    return { [Symbol.asyncIterator]: () => iterator };
  },
  "a Node Readable": () => Readable.from(three),
  "a ReadableStream": readableStream,
  "a mapped generator": () => mapOnDemand(generator(), (same) => same),
};

function readableStream(): Source<Probe> {
  return new ReadableStream<Probe>({
    start(controller) {
      for (const each of three) controller.enqueue(each);
      controller.close();
    },
  }) as Source<Probe>;
}

/** Sources that can be read again and again. */
const reusable: Record<string, Source<Probe>> = {
  "an array": three,
  "a Set": new Set(three),
  "a mapped iterable": mapOnDemand({ [Symbol.asyncIterator]: () => generator() }, (same) => same),
  "an iterable that makes iterators": { [Symbol.asyncIterator]: () => generator() },
  "an Observable": from(three),
  "an Observable with a policy": buffered(from(three), failWhenFull()),
  ...Object.fromEntries(Object.entries(oneShots).map(([what, make]) => [`a function that returns ${what}`, make])),
};

/** A server that reads all requests and then fails its first two calls, and the requests of each call. */
async function failingTwice() {
  const read: number[][] = [];
  const { calls } = await served({
    async clientStreaming(requests) {
      const numbers = (await collect(requests)).map(({ n }) => n);
      read.push(numbers);
      if (read.length <= 2) throw new StatusError(status.UNAVAILABLE, "again");
      return { n: numbers.length };
    },
    bidirectional: (requests) => requests,
    serverStreaming: () => three,
  });
  return { calls, read };
}

law("L1", "a source that can be read once fails a second call, and never becomes an empty stream", () => {
  for (const [what, make] of Object.entries(oneShots)) {
    it(`${what}: a retry fails with an error that says to pass a function, and sends no empty stream`, async () => {
      const { calls, read } = await failingTwice();
      const attempts = calls.clientStreaming.observe(make()).pipe(retry(2));
      expect(String(await failureOf(lastValueFrom(attempts)))).to.match(/^TypeError: .*pass a function/);
      expect(read).to.deep.equal([[1, 2, 3]]);
    });

    it(`${what}: a second loop over what a caller returned fails`, async () => {
      const { calls } = await failingTwice();
      const responses = calls.bidirectional(make());
      expect(await collect(responses)).to.deep.equal(three);
      expect(await failureOf(collect(responses))).to.be.instanceOf(TypeError);
    });
  }

  it("a source that was left before its end counts as read", async () => {
    const { calls } = await failingTwice();
    const responses = calls.bidirectional(generator());
    for await (const _message of responses) break;
    expect(await failureOf(collect(responses))).to.be.instanceOf(TypeError);
  });

  it("a source that was read fails an attempt to resume", async () => {
    const { calls } = await failingTwice();
    const requests = generator();
    const options = { cursor: () => undefined, backoff: { maxMs: 0 } };
    const attempts = resuming(() => calls.clientStreaming.observe(requests), options);
    expect(await failureOf(lastValueFrom(attempts))).to.be.instanceOf(TypeError);
  });

  it("a source can be the messages of another call, once", async () => {
    const { calls } = await failingTwice();
    const handle = calls.serverStreaming.start({ n: 0 });
    const responses = calls.bidirectional(handle);
    expect(await collect(responses)).to.deep.equal(three);
    expect(await failureOf(collect(responses))).to.be.instanceOf(TypeError);
  });

  it("a source can be the requests of a handler, which another call sends once", async () => {
    const upstream = await failingTwice();
    const seen = gate<unknown>();
    const { calls } = await served({
      async *bidirectional(requests) {
        const forwarded = upstream.calls.bidirectional(requests);
        yield* forwarded;
        seen.open(await failureOf(collect(forwarded)));
      },
    });
    expect(await collect(calls.bidirectional(three))).to.deep.equal(three);
    expect(await seen.opened).to.be.instanceOf(TypeError);
  });

  it("a source that a handler returns for two calls ends the second with UNKNOWN, and the log says why", async () => {
    expectUnexpected("pass a function");
    const same = generator();
    const { calls } = await served({ serverStreaming: () => same });
    expect(await collect(calls.serverStreaming({ n: 0 }))).to.deep.equal(three);
    const error = (await failureOf(collect(calls.serverStreaming({ n: 0 })))) as CallError;
    expect(error.code).to.equal(status.UNKNOWN);
  });
});

law("L1", "a function is called for each call, and an array is read for each call", () => {
  for (const [what, source] of Object.entries(reusable)) {
    it(`${what}: each attempt sends all of it`, async () => {
      const { calls, read } = await failingTwice();
      expect(await lastValueFrom(calls.clientStreaming.observe(source).pipe(retry(2)))).to.deep.equal({ n: 3 });
      expect(read).to.deep.equal(Array(3).fill([1, 2, 3]));
    });

    it(`${what}: a handler may return it for each call`, async () => {
      const { calls } = await served({ serverStreaming: () => source, bidirectional: async () => source });
      for (let call = 0; call < 2; call += 1) {
        expect(await collect(calls.serverStreaming({ n: 0 }))).to.deep.equal(three);
        expect(await collect(calls.bidirectional([]))).to.deep.equal(three);
      }
    });
  }

  it("a function that returns a promise: each attempt sends its message", async () => {
    const { calls, read } = await failingTwice();
    let n = 0;
    const requests = async () => ({ n: ++n });
    await lastValueFrom(calls.clientStreaming.observe(requests).pipe(retry(2)));
    expect(read).to.deep.equal([[1], [2], [3]]);
  });
});
