import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  type CallContext,
  CallError,
  type Caller,
  type CallOptions,
  type ClientMiddleware,
  caller,
  StatusError,
} from "quartet-bridge";
import { firstValueFrom, lastValueFrom, take, toArray } from "rxjs";
import { mostAheadOfServer } from "../harness/buffers-on-the-way.js";
import { answering, begin, readAll, type Type, types } from "../harness/each-type.js";
import { connectTo, gate } from "../harness/loopback.js";
import {
  collect,
  countedProbes,
  failureOf,
  metadataOf,
  type Probe,
  ProbeService,
  served,
  throwing,
} from "../harness/probe.js";
import { settled } from "../harness/settled.js";

/** Begins a call of each type with one request; its `read` reads it to the end. */
const beginning = (calls: Caller<typeof ProbeService>) => (type: Type, options?: CallOptions) => {
  const handle = begin[type](calls, options, [{ n: 1 }]);
  return { handle, read: () => readAll(handle) };
};

/** A server that answers the calls of all types as `answer` does. */
async function answeringServer(answer: (call: CallContext) => Probe | Promise<Probe>) {
  const { calls, ...opened } = await served(answering(answer));
  return { ...opened, calls, begin: beginning(calls) };
}

/** A server that answers no call. It tells when a call begins and when it stops. */
async function hangingServer() {
  const [begun, stopped] = [gate(), gate()];
  const opened = await answeringServer((call) => {
    call.signal.addEventListener("abort", () => stopped.open());
    begun.open();
    return new Promise<never>(() => {});
  });
  return { ...opened, begun, stopped };
}

for (const type of types) {
  describe(`the handle of a call, ${type}`, () => {
    it("has the headers before the response, then the status with the trailers, and the peer", async () => {
      const answered = gate();
      const { begin, address } = await answeringServer(async (call) => {
        call.header({ where: "in the headers" });
        call.trailer({ where: "in the trailers" });
        await answered.opened;
        return { n: 2 };
      });
      const { handle, read } = begin(type);
      expect((await handle.headers).get("where")).to.deep.equal(["in the headers"]);
      answered.open();
      expect([await read()].flat()).to.deep.equal([{ n: 2 }]);
      const { code, metadata } = await handle.status;
      expect([code, metadata?.get("where")]).to.deep.equal([status.OK, ["in the trailers"]]);
      expect(handle.peer).to.equal(address);
    });

    it("tells a refusal in its status, which never rejects, and settles the headers with its metadata", async () => {
      const { begin } = await answeringServer(
        throwing(new StatusError(status.ABORTED, "no", { metadata: metadataOf({ why: "a test" }) })),
      );
      // Nothing reads the first call's response, and that must not be an unhandled rejection.
      for (const { handle, read } of [{ ...begin(type), read: undefined }, begin(type)]) {
        expect((await handle.status).code).to.equal(status.ABORTED);
        expect((await handle.headers).get("why")).to.deep.equal(["a test"]);
        if (read)
          expect(await failureOf(read()))
            .to.be.instanceOf(CallError)
            .and.include({ code: status.ABORTED });
      }
    });

    it("settles for a call that never reaches a server", async () => {
      const { server, address } = await answeringServer(() => ({ n: 1 }));
      server.forceShutdown();
      const { handle } = beginning(caller(ProbeService, connectTo(address)))(type);
      expect((await handle.status).code).to.equal(status.UNAVAILABLE);
      expect((await handle.headers).getMap()).to.deep.equal({});
    });

    it("cancels the call, as its status says; after the end a cancel changes nothing", async () => {
      const { begin, begun, stopped } = await hangingServer();
      const { handle, read } = begin(type);
      await begun.opened;
      handle.cancel();
      expect((await handle.status).code).to.equal(status.CANCELLED);
      await stopped.opened;
      handle.cancel();
      expect(await failureOf(read())).to.have.property("code", status.CANCELLED);
    });

    it("cancels the call at the end of a block, which waits for the status", async () => {
      const { begin, begun, stopped } = await hangingServer();
      const told: number[] = [];
      {
        await using handle = begin(type, { onStatus: ({ code }) => told.push(code) }).handle;
        expect(handle.peer).to.be.a("string");
        await begun.opened;
      }
      expect(told).to.deep.equal([status.CANCELLED]);
      await stopped.opened;
    });

    it("changes nothing at the end of a block in which the call has ended", async () => {
      const { begin } = await answeringServer(() => ({ n: 1 }));
      const { handle, read } = begin(type);
      await read();
      await handle[Symbol.asyncDispose]();
      expect((await handle.status).code).to.equal(status.OK);
    });
  });
}

for (const type of ["serverStreaming", "bidirectional"] as const) {
  describe(`the messages of a handle, ${type}`, () => {
    /** A call that has begun, to a server that would send without end. */
    async function flooding(load: string, middleware: readonly ClientMiddleware[] = []) {
      const { state, source } = countedProbes(Number.POSITIVE_INFINITY, load);
      const over = gate();
      const flood = (_request: unknown, call: CallContext) => {
        call.signal.addEventListener("abort", () => over.open());
        return source();
      };
      const { client } = await served({ unary: (request) => request, serverStreaming: flood, bidirectional: flood });
      const calls = caller(ProbeService, client, { middleware });
      const handle = type === "serverStreaming" ? calls.serverStreaming.start({ n: 1 }) : calls.bidirectional.start([]);
      return { handle, calls, state, over: over.opened };
    }

    for (const bytes of [100, 10_240]) {
      it(`${bytes} B: wait within a bound while there is no reader, and a later reader gets all of them`, async () => {
        const { handle, calls, state } = await flooding("x".repeat(bytes));
        await handle.headers;
        const ahead = await settled(calls, () => state.given);
        expect(ahead).to.be.greaterThan(1).and.at.most(mostAheadOfServer(bytes));
        let last = 0;
        for await (const { n } of handle) {
          expect(n).to.equal(last + 1);
          last = n;
          if (n > ahead) break;
        }
      });
    }

    it("cancel the call if their subscriber leaves", async () => {
      const { handle, over } = await flooding("");
      await lastValueFrom(handle.observe().pipe(take(3)));
      await over;
      expect((await handle.status).code).to.equal(status.CANCELLED);
    });

    it("are all delivered to a subscriber that comes after the end of the call", async () => {
      const { calls } = await served({
        serverStreaming: () => countedProbes(5).source(),
        bidirectional: () => countedProbes(5).source(),
      });
      const handle = type === "serverStreaming" ? calls.serverStreaming.start({ n: 1 }) : calls.bidirectional.start([]);
      await handle.status;
      expect(await lastValueFrom(handle.observe().pipe(toArray()))).to.deep.equal([1, 2, 3, 4, 5].map((n) => ({ n })));
    });

    for (const middleware of [[], [async () => {}]]) {
      const also = middleware.length > 0 ? ", with middleware" : "";

      for (const first of ["loop", "subscriber"] as const) {
        it(`can be read once, not again after the first ${first} has left${also}`, async () => {
          const { handle } = await flooding("", middleware);
          if (first === "subscriber") await firstValueFrom(handle.observe());
          else for await (const _message of handle) break;
          expect(await failureOf(collect(handle))).to.be.instanceOf(TypeError);
          expect(await failureOf(lastValueFrom(handle.observe()))).to.be.instanceOf(TypeError);
        });
      }

      it(`refuse a second reader, and the first reader's call continues${also}`, async () => {
        const { handle } = await flooding("", middleware);
        const first = handle[Symbol.asyncIterator]();
        await first.next();
        expect(await failureOf(lastValueFrom(handle.observe()))).to.be.instanceOf(TypeError);
        const second = handle[Symbol.asyncIterator]();
        expect(await failureOf(second.next())).to.be.instanceOf(TypeError);
        await second.return?.();
        for (let more = 0; more < 1_000; more += 1) expect((await first.next()).done).not.to.equal(true);
        await first.return?.();
      });
    }

    it("continue in a loop over the iterator that has read the first of them", async () => {
      const { handle, over } = await flooding("");
      const messages = handle[Symbol.asyncIterator]();
      expect((await messages.next()).value.n).to.equal(1);
      for await (const { n } of messages) {
        expect(n).to.equal(2);
        break;
      }
      await over;
      expect((await handle.status).code).to.equal(status.CANCELLED);
    });
  });
}
