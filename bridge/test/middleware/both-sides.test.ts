import { expect } from "chai";
import type { CallHooks, Handlers, Incoming } from "quartet-bridge";
import { serve as serveCallers } from "../client/middleware/serving.js";
import { mostAhead, mostAheadOfServer } from "../harness/buffers-on-the-way.js";
import { callOf, echo, types } from "../harness/each-type.js";
import { afterTheTest, gate } from "../harness/loopback.js";
import { collect, countedProbes, type Probe, type ProbeService } from "../harness/probe.js";
import { settled } from "../harness/settled.js";
import { serve as serveHandlers } from "../server/middleware/serving.js";
import { addTen, tenAdded } from "./add-ten.js";

type Middleware = (call: { readonly path: string }, hooks: CallHooks<Probe, Probe>) => void | Promise<void>;
type List = readonly (Middleware | { readonly unary: Middleware })[];

/** Calls through middleware of either side. */
const sides = {
  client: async (list: List, handlers?: Handlers<typeof ProbeService>) => (await serveCallers(handlers)).calls(...list),
  server: async (list: List, handlers?: Handlers<typeof ProbeService>) => (await serveHandlers(list, handlers)).calls,
};

for (const [side, through] of Object.entries(sides)) {
  describe(`the middleware of a ${side}`, () => {
    it("gets requests in the order of the list, and responses and the status in reverse, for all or for one method", async () => {
      const order: string[] = [];
      const done = gate();
      const named = (name: string): Middleware => {
        return (_call, hooks) => {
          order.push(name);
          hooks.mapRequests(({ n, load = "" }) => ({ n, load: `${load}${name}` }));
          hooks.mapResponses(({ n, load = "" }) => ({ n, load: `${load}${name.toUpperCase()}` }));
          hooks.onStatus(() => {
            order.push(name.toUpperCase());
            if (name === "a") done.open();
          });
        };
      };
      const calls = await through([named("a"), { unary: named("b") }, named("c")]);
      expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1, load: "abcCBA" });
      await done.opened;
      expect(order).to.deep.equal(["a", "b", "c", "C", "B", "A"]);
      expect(await collect(calls.bidirectional([{ n: 1 }]))).to.deep.equal([{ n: 1, load: "acCA" }]);
    });

    it("replaces requests and responses of all types, also of a handle, at once or after a promise", async () => {
      for (const list of [[addTen], [async () => {}, addTen]]) {
        const calls = await through(list);
        for (const type of types) expect(await callOf[type](calls), type).to.deep.equal(tenAdded[type]);
        expect(await collect(calls.bidirectional.start([{ n: 1 }, { n: 2 }]))).to.deep.equal(tenAdded.bidirectional);
      }
    });

    it("must ask for a map before it returns, even if a later middleware has not returned yet", async () => {
      const refused = gate<unknown>();
      const late: Middleware = (_call, { mapRequests }) => {
        setImmediate(() => {
          try {
            mapRequests(() => ({ n: 7 }));
            refused.open(undefined);
          } catch (error) {
            refused.open(error);
          }
        });
      };
      const calls = await through([late, async () => void (await refused.opened)]);
      expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
      const error = await refused.opened;
      expect(error).to.be.instanceOf(TypeError);
      expect(String(error)).to.include("may have passed");
    });

    const bytes = 1024;

    for (const type of ["serverStreaming", "bidirectional"] as const) {
      it(`${type}: lets a server with a pulled source run no further ahead of its reader than without`, async () => {
        const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(bytes));
        const calls = await through([addTen], { ...echo, serverStreaming: source, bidirectional: source });
        const handle = type === "bidirectional" ? calls.bidirectional.start([]) : calls.serverStreaming.start({ n: 1 });
        afterTheTest(() => handle.cancel());
        const iterator = handle[Symbol.asyncIterator]();
        for (let n = 1; n <= 100; n += 1) expect((await iterator.next()).value).to.include({ n: 2 * n });
        expect((await settled(calls, () => state.given)) - 100).to.be.within(1, mostAheadOfServer(bytes));
        await iterator.return?.();
      });
    }

    for (const type of ["clientStreaming", "bidirectional"] as const) {
      it(`${type}: holds a client back as without it when a handler stops reading`, async () => {
        const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(bytes));
        const readOne = async (requests: Incoming<Probe>) => {
          expect((await requests[Symbol.asyncIterator]().next()).value).to.include({ n: 11 });
          return new Promise<never>(() => {});
        };
        const calls = await through([addTen], { ...echo, clientStreaming: readOne, bidirectional: readOne });
        const call = calls[type].observe(source()).subscribe();
        afterTheTest(() => call.unsubscribe());
        expect(await settled(calls, () => state.given)).to.be.within(2, mostAhead(bytes) + 4);
      });
    }
  });
}
