import { Readable } from "node:stream";
import { Metadata, Server } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallHooks, caller, implement } from "quartet-bridge";
import { lastValueFrom, Subject } from "rxjs";
import { messageReader } from "#bridge/stream/receive/incoming.js";
import { loopback } from "../harness/loopback.js";
import { failureOf, type Probe, ProbeService, served } from "../harness/probe.js";

const mapping = (_: unknown, { mapRequests }: CallHooks<Probe, Probe>) => mapRequests((request) => request);

describe("the requests of a call", () => {
  it("fail if a loss is noticed while messages wait to be read, even after a half-close", async () => {
    const stream = new Readable({ objectMode: true, read() {} });
    const reader = messageReader<number>(stream, "");
    stream.push(1);
    stream.push(2);
    expect(await reader.next()).to.deep.equal({ done: false, value: 1 });
    reader.close({}, true);
    const lost = new Error("reset");
    reader.close({ error: lost }, false);
    expect(await reader.next().catch((error) => error)).to.equal(lost);
  });

  it("have ended once a reader has been told of a half-close", async () => {
    const reader = messageReader<number>(new Readable({ objectMode: true, read() {} }), "");
    reader.close({}, true);
    expect(await reader.next()).to.deep.equal({ done: true, value: undefined });
    reader.close({ error: new Error("reset") }, false);
    expect(await reader.next()).to.deep.equal({ done: true, value: undefined });
  });

  it("lose no message for the next loop if an iterator is returned while it waits", async () => {
    const requests = new Subject<Probe>();
    const { calls } = await served({
      clientStreaming: async (incoming, call) => {
        const waiting = incoming[Symbol.asyncIterator]();
        const asked = waiting.next();
        await waiting.return?.();
        call.header(new Metadata());
        let n = 0;
        for await (const request of incoming) n += request.n;
        expect(await asked).to.deep.equal({ done: true, value: undefined });
        return { n };
      },
    });
    function send(): void {
      requests.next({ n: 1 });
      requests.next({ n: 2 });
      requests.complete();
    }
    expect(await calls.clientStreaming(requests, { onHeaders: send })).to.deep.equal({ n: 3 });
  });

  for (const [how, middleware] of Object.entries({
    "": {},
    ", mapped by a middleware": { clientStreaming: mapping },
  })) {
    it(`continue in a second loop where the first one stopped, and in a loop over an iterator${how}`, async () => {
      const seen: number[][] = [[], [], []];
      const service = implement({ clientStreaming: ProbeService.clientStreaming }, [middleware], {
        async clientStreaming(requests) {
          const iterator = requests[Symbol.asyncIterator]();
          seen[0]?.push((await iterator.next()).value.n);
          for await (const { n } of iterator) {
            seen[1]?.push(n);
            break;
          }
          for await (const { n } of requests) seen[2]?.push(n);
          return { n: 0 };
        },
      });
      const { client } = await loopback(service.addTo(new Server()));
      await caller(service.definition, client).clientStreaming([1, 2, 3, 4].map((n) => ({ n })));
      expect(seen).to.deep.equal([[1], [2], [3, 4]]);
    });
  }

  it("have only one reader", async () => {
    const { calls } = await served({
      clientStreaming: async (requests) => {
        await requests[Symbol.asyncIterator]().next();
        expect(String(await failureOf(lastValueFrom(requests.observe())))).to.include("being pulled already");
        return { n: 1 };
      },
    });
    expect(await calls.clientStreaming([{ n: 1 }])).to.deep.equal({ n: 1 });
  });

  it("continue for other iterators if one is returned", async () => {
    const { calls } = await served({
      clientStreaming: async (incoming, call) => {
        const [left, other] = [incoming[Symbol.asyncIterator](), incoming[Symbol.asyncIterator]()];
        const asked = other.next();
        await left.return?.();
        call.header(new Metadata());
        const { value } = await asked;
        return { n: value?.n ?? 0 };
      },
    });
    const requests = new Subject<Probe>();
    const send = () => requests.next({ n: 7 });
    expect(await calls.clientStreaming(requests, { onHeaders: send })).to.deep.equal({ n: 7 });
  });
});
