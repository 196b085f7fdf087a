import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallError, caller, resuming, StatusError } from "quartet-bridge";
import { asapScheduler, VirtualTimeScheduler } from "rxjs";
import { connectTo, gate } from "../harness/loopback.js";
import { type Probe, ProbeService, served } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { severable } from "../harness/severable.js";

/** What one call is to do: give the messages after its position up to `last`, then end so. */
interface Act {
  readonly last: number;
  readonly end: "OK" | "PERMISSION_DENIED" | "UNAVAILABLE" | "cut" | "silence";
  /** Turns of the event loop before a cut: the more, the less of what was sent is lost. */
  readonly turns?: number;
}

/** A server that is behind a wire that can be cut, and whose calls go on after the position in the request. */
async function actingServer(act: (after: number) => Act) {
  const state = { begun: 0, finalised: 0 };
  let allFinalised = () => {};

  async function* numbers({ n: after }: Probe, { signal }: CallContext): AsyncGenerator<Probe> {
    state.begun += 1;
    try {
      const { last, end, turns = 0 } = act(after);
      for (let n = after + 1; n <= last; n += 1) yield { n };
      if (end === "OK") return;
      if (end === "UNAVAILABLE" || end === "PERMISSION_DENIED") throw new StatusError(status[end], "as told");
      const over = new Promise((resolve) => signal.addEventListener("abort", resolve));
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (end === "cut") wire.cut();
      await over;
    } finally {
      state.finalised += 1;
      if (state.finalised === state.begun) allFinalised();
    }
  }

  const { address } = await served({ serverStreaming: numbers });
  const wire = await severable(address);
  const calls = caller(ProbeService, connectTo(wire.address));
  return {
    state,
    attempt: (after = 0) => calls.serverStreaming.observe({ n: after }),
    /** Resolves when no call lives on at the server; one that does makes it wait. */
    async allEnded(): Promise<void> {
      if (state.finalised === state.begun) return;
      await new Promise<void>((resolve) => {
        allFinalised = resolve;
      });
    },
  };
}

const cursor = ({ n }: Probe) => n;
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe("a stream that is cut again and again, and resumed", () => {
  it(`gives 1 to n without gap or duplicate: 40 streams, hundreds of cuts at random places (SEED=${seed})`, async () => {
    const chance = random(seed);
    const below = (bound: number) => Math.floor(chance() * bound);
    let count = 0;
    let ending: Act["end"] = "OK";
    let [cuts, lostOnTheWay, sent] = [0, 0, 0];
    const server = await actingServer((after) => {
      const last = Math.min(after + below(12), count);
      sent = last;
      if (last === count) return { last, end: ending };
      return below(3) === 0 ? { last, end: "UNAVAILABLE" } : { last, end: "cut", turns: below(10) };
    });
    for (let run = 0; run < 40; run += 1) {
      count = 1 + below(100);
      ending = run % 2 === 0 ? "OK" : "PERMISSION_DENIED";
      const numbers: number[] = [];
      const ended = gate<string | undefined>();
      resuming(server.attempt, {
        cursor,
        backoff: { initialMs: 0 },
        scheduler: asapScheduler,
        onRetry() {
          cuts += 1;
          if (numbers.length < sent) lostOnTheWay += 1;
        },
      }).subscribe({
        next: ({ n }) => numbers.push(n),
        error: ({ code }: CallError) => ended.open(status[code]),
        complete: () => ended.open("OK"),
      });
      expect(await ended.opened).to.equal(ending);
      expect(numbers).to.deep.equal(upTo(count));
    }
    await server.allEnded();
    expect(cuts).to.be.greaterThan(200);
    expect(lostOnTheWay).to.be.greaterThan(0);
  });

  it("ends each call that has fallen silent at the server too, and begins one where it stopped", async () => {
    const clock = new VirtualTimeScheduler();
    function pass(milliseconds: number): void {
      clock.maxFrames = clock.frame + milliseconds;
      clock.flush();
    }
    const server = await actingServer((after) => ({ last: after + 3, end: after < 30 ? "silence" : "OK" }));
    const numbers: number[] = [];
    const completed = gate();
    let third = gate();
    resuming(server.attempt, { cursor, idleMs: 1000, scheduler: clock, backoff: { initialMs: 10 } }).subscribe({
      next({ n }) {
        numbers.push(n);
        if (n % 3 === 0) setImmediate(third.open);
      },
      complete: () => completed.open(),
    });
    for (let silence = 1; silence <= 10; silence += 1) {
      await third.opened;
      third = gate();
      pass(1000);
      await server.allEnded();
      expect(server.state.begun).to.equal(silence);
      pass(10);
    }
    await completed.opened;
    expect(numbers).to.deep.equal(upTo(33));
    expect([server.state.begun, server.state.finalised, clock.actions]).to.deep.equal([11, 11, []]);
  });

  it("tells the server its deadline in each call", async () => {
    const deadlines: (Date | undefined)[] = [];
    const { calls } = await served({
      serverStreaming: (_, { deadline }) => {
        deadlines.push(deadline);
        if (deadlines.length < 3) throw new StatusError(status.UNAVAILABLE, "away");
        return [];
      },
    });
    const completed = gate();
    resuming((after = 0, options) => calls.serverStreaming.observe({ n: after }, options), {
      cursor,
      timeoutMs: 3_600_000,
      backoff: { initialMs: 0 },
    }).subscribe({ complete: () => completed.open() });
    await completed.opened;
    expect(deadlines.map((deadline) => deadline instanceof Date)).to.deep.equal([true, true, true]);
  });

  it("is given up at the server by whoever unsubscribes, and no other call is begun", async () => {
    const server = await actingServer((after) => ({ last: after + 2, end: after < 10 ? "UNAVAILABLE" : "silence" }));
    const last = gate();
    const subscription = resuming(server.attempt, {
      cursor,
      backoff: { initialMs: 0 },
      scheduler: asapScheduler,
    }).subscribe(({ n }) => n === 12 && last.open());
    await last.opened;
    const { begun } = server.state;
    subscription.unsubscribe();
    await server.allEnded();
    expect(server.state.begun).to.equal(begun);
  });
});
