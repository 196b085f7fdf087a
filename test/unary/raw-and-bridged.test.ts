import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { badRequest, caller, implement } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { throwing } from "../../bridge/test/harness/probe.js";
import { twoMethods } from "../../bridge/test/harness/two-methods.js";
import { expectUnexpected } from "../../bridge/test/harness/unexpected-errors.js";
import { failure, handwritten } from "../../src/host/index.js";
import { type Root, squareRoot } from "../../src/unary/raw.js";

const root: Root = async (x) => Math.sqrt(x);

/** A root that ends only when its signal aborts, and what to wait for. */
function endlessRoot() {
  const [asked, stopped] = [gate(), gate()];
  const slowRoot: Root = (_x, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        stopped.open();
        reject(signal.reason);
      });
      asked.open();
    });
  return { slowRoot, asked: asked.opened, stopped: stopped.opened };
}

const logged: unknown[] = [];
const services = {
  raw: (slowRoot: Root) =>
    handwritten(CalculatorService, { squareRoot: squareRoot(slowRoot, (error) => logged.push(error)) }),
  bridged: (slowRoot: Root) =>
    implement(twoMethods, {
      async squareRoot({ value }, { signal }) {
        if (!(value >= 0 && value < Infinity))
          throw badRequest({ field: "value", description: "must be finite, and not negative" });
        return { value: await slowRoot(value, signal) };
      },
      divide: () => ({ value: 0 }),
    }),
};

for (const [name, serviceOf] of Object.entries(services)) {
  describe(`a square root that takes its time, ${name}`, () => {
    async function serving(slowRoot: Root) {
      const server = new Server();
      serviceOf(slowRoot).addTo(server);
      const { client } = await loopback(server);
      return { server, calls: caller(CalculatorService, client) };
    }

    beforeEach(() => (logged.length = 0));

    it("answers", async () => {
      const { calls } = await serving(root);
      expect(await calls.squareRoot({ value: 16 })).to.deep.equal({ value: 4 });
    });

    it("says which field breaks which rule", async () => {
      const { calls } = await serving(root);
      for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const error = await failure(status.INVALID_ARGUMENT, calls.squareRoot({ value }));
        expect(error.details).to.equal("value: must be finite, and not negative");
      }
    });

    it("hides an unexpected error from the client: thrown or rejected", async () => {
      expectUnexpected("password");
      const failing: Root[] = [() => Promise.reject(new Error("password 1234")), throwing(new Error("password 5678"))];
      for (const slowRoot of failing) {
        const { calls } = await serving(slowRoot);
        const error = await failure(status.UNKNOWN, calls.squareRoot({ value: 16 }));
        expect(error.details).not.to.contain("password");
      }
      if (name === "raw") expect(logged.map(String).join()).to.equal("Error: password 1234,Error: password 5678");
    });

    it("stops the work when the client cancels, and logs no error", async () => {
      const { slowRoot, asked, stopped } = endlessRoot();
      const { calls } = await serving(slowRoot);
      const leave = new AbortController();
      const cancelled = failure(status.CANCELLED, calls.squareRoot({ value: 16 }, { signal: leave.signal }));
      await asked;
      leave.abort();
      await Promise.all([cancelled, stopped]);
      expect(logged).to.deep.equal([]);
    });

    it("stops the work when the deadline passes", async () => {
      const { slowRoot, asked, stopped } = endlessRoot();
      const { calls } = await serving(slowRoot);
      const clock = stopClock();
      const late = failure(status.DEADLINE_EXCEEDED, calls.squareRoot({ value: 16 }, { timeoutMs: 1_000 }));
      await asked;
      clock.pass(1_000);
      await Promise.all([late, stopped]);
    });

    it("does not abort the work of a call that has ended well", async () => {
      const signals: AbortSignal[] = [];
      const { server, calls } = await serving((x, signal) => {
        signals.push(signal);
        return root(x, signal);
      });
      await calls.squareRoot({ value: 16 });
      // After the shutdown, the call's 'cancelled' has come too.
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false]);
    });
  });
}
