import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallError, caller, resuming, StatusError } from "quartet-bridge";
import { asapScheduler } from "rxjs";
import { connectTo, gate } from "../harness/loopback.js";
import { type Probe, ProbeService, served } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { severable } from "../harness/wire/severable.js";

/** What one call must do: give the messages after its position up to `last`, and then end in this way. */
interface Act {
  readonly last: number;
  readonly end: "OK" | "PERMISSION_DENIED" | "UNAVAILABLE" | "cut";
  /** Turns of the event loop before a cut: with more turns, less of what was sent is lost. */
  readonly turns?: number;
}

/** A server whose wire can be cut, and whose calls continue after the position in the request. */
async function actingServer(act: (after: number) => Act) {
  const state = { begun: 0, finalized: 0 };
  let allFinalized = () => {};

  async function* numbers({ n: after }: Probe, { signal }: CallContext): AsyncGenerator<Probe> {
    state.begun += 1;
    try {
      const { last, end, turns = 0 } = act(after);
      for (let n = after + 1; n <= last; n += 1) yield { n };
      if (end === "OK") return;
      if (end === "UNAVAILABLE" || end === "PERMISSION_DENIED") throw new StatusError(status[end], "as told");
      const over = new Promise((resolve) => signal.addEventListener("abort", resolve));
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      wire.cut();
      await over;
    } finally {
      state.finalized += 1;
      if (state.finalized === state.begun) allFinalized();
    }
  }

  const { address } = await served({ serverStreaming: numbers });
  const wire = await severable(address);
  const calls = caller(ProbeService, connectTo(wire.address));
  return {
    state,
    attempt: (after = 0) => calls.serverStreaming.observe({ n: after }),
    /** Resolves when all calls have ended at the server. It waits forever if a call survives. */
    async allEnded(): Promise<void> {
      if (state.finalized === state.begun) return;
      await new Promise<void>((resolve) => (allFinalized = resolve));
    },
  };
}

const cursor = ({ n }: Probe) => n;
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe("a stream that is cut again and again, and resumed", () => {
  it(`gives 1 to n without a gap or a duplicate: 40 streams, hundreds of cuts at random places (SEED=${seed})`, async () => {
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
});
