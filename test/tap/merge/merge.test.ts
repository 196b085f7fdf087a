import { expect } from "chai";
import { random, seed } from "../../../bridge/test/harness/random.js";
import { mergeCalls, type Side, type TapEvent } from "../../../src/tap/index.js";
import { senderOf } from "../../../src/tap/record/event.js";
import { bothWays, eventsOf, onlyCall, scriptedCall } from "../scripted-call.js";

const inOrder = (script: string) =>
  scriptedCall(script, bothWays).events.map(({ event }) => `${event.side[0]} ${event.kind}`);

describe("the merge", () => {
  it("puts what is sent before what is received, also if the clocks differ", () => {
    // The server's clock is 100 ms slow.
    const order = inOrder(`
      @100 c call
      @101 c request a
      @1 s call
      @2 s request a
      @3 s response b
      @4 s status 0
      @110 c response b
      @111 c status 0`);
    expect(order.join()).to.equal("c call,s call,c request,s request,s response,s status,c response,c status");
  });

  it("lets time decide if causality does not", () => {
    const order = inOrder(`
      @1 c call
      @2 s call
      @3 c request a
      @5 c request b
      @4 s headers
      @6 s request a`);
    expect(order).to.deep.equal(["c call", "s call", "c request", "s headers", "c request", "s request"]);
  });

  it("keeps each side's own order even if its clock runs backwards", () => {
    const order = inOrder("@5 c call\n@3 c request a\n@1 c half-close");
    expect(order).to.deep.equal(["c call", "c request", "c half-close"]);
  });

  it("accepts a call that only one side recorded, or that has no end", () => {
    const [client, server] = [
      eventsOf("c call\nc request a"),
      eventsOf("s call").map((event) => ({ ...event, callId: "call-2" })),
    ];
    const calls = mergeCalls(client, server);
    expect(calls.map(({ callId, sides, events }) => [callId, [...sides], events.length])).to.deep.equal([
      ["call-1", ["client"], 2],
      ["call-2", ["server"], 1],
    ]);
    expect(mergeCalls([])).to.deep.equal([]);
  });

  it("does not pair statuses that differ, or a cancel with a call that was over before", () => {
    const late = scriptedCall("@1 c call\n@2 s call\n@3 s status 0\n@4 c status 4 Deadline exceeded");
    expect(late.events.filter(({ event, peer }) => event.kind === "status" && peer)).to.deep.equal([]);
    const lost = scriptedCall("@1 c call\n@2 s call\n@3 s ended\n@4 c cancel");
    expect(lost.events.filter(({ event, peer }) => event.kind !== "call" && peer)).to.deep.equal([]);
  });

  it("loses no event of two recordings that contradict each other", () => {
    // Each side claims to have received before it sent: no order can be right.
    const order = inOrder("c response a\nc request b\ns request b\ns response a");
    expect(order).to.have.members(["c response", "c request", "s request", "s response"]);
  });

  it("orders messages whose departure was not kept after the kept messages before them", () => {
    const kept = eventsOf(
      "@1 s response a\n@9 s response b\n@2 c response a\n@3 c response b\n@4 c response c",
      bothWays,
    );
    const withoutSecond = kept.map((event, at) => (at === 1 ? { ...event, index: 2, atNs: 50_000_000n } : event));
    const events = onlyCall(mergeCalls(withoutSecond)).events.map(({ event }) => `${event.side[0]}${event.index}`);
    expect(events).to.deep.equal(["s0", "c0", "c1", "s2", "c2"]);
  });

  it("respects causality in 300 random calls with skewed clocks", () => {
    console.log(`      seed ${seed} (SEED=${seed} repeats it)`);
    const chance = random(seed);
    for (let round = 0; round < 300; round += 1) {
      const events = randomCall(chance);
      const { events: merged } = onlyCall(mergeCalls(events.client, events.server));
      const place = new Map(merged.map(({ event }, at) => [event, at]));
      const at = (event: TapEvent) => place.get(event) ?? Number.NaN;
      expect(place.size, `seed ${seed} round ${round}`).to.equal(events.client.length + events.server.length);
      for (const side of ["client", "server"] as const) {
        const places = events[side].map(at);
        expect(places, `seed ${seed} round ${round}: ${side}'s own order`).to.deep.equal(
          [...places].sort((a, b) => a - b),
        );
      }
      for (const { event, peer } of merged) {
        if (peer === undefined || senderOf(event.kind) !== event.side) continue;
        expect(at(event), `seed ${seed} round ${round}: ${event.kind} ${event.index}`).to.be.lessThan(at(peer));
      }
      // Every message that both sides have is paired: otherwise the line above would prove nothing.
      const arrivals = merged.filter(({ event }) => event.index !== undefined && senderOf(event.kind) !== event.side);
      expect(arrivals.every(({ peer }) => peer !== undefined)).to.equal(true);
    }
  });
});

/**
 * A call as it could have happened: a random run of both sides over two lossless ordered channels, with a skewed server
 * clock.
 */
function randomCall(random: () => number): Record<Side, TapEvent[]> {
  const log: Record<Side, TapEvent[]> = { client: [], server: [] };
  const onTheWay: Record<Side, TapEvent[]> = { client: [], server: [] };
  const counts = { client: 0, server: 0 };
  const skew = BigInt(Math.floor((random() - 0.5) * 1e8));
  let now = 1_000_000_000n;
  const write = (side: Side, event: Pick<TapEvent, "kind"> & Partial<TapEvent>) => {
    now += BigInt(Math.floor(random() * 1e6));
    const own = {
      callId: "call-1",
      path: "/p.S/M",
      label: "",
      ...event,
      side,
      atNs: side === "server" ? now + skew : now,
    };
    log[side].push(own);
    return own;
  };
  const steps = 5 + Math.floor(random() * 60);
  for (let step = 0; step < steps; step += 1) {
    const side: Side = random() < 0.5 ? "client" : "server";
    const next = random() < 0.5 ? onTheWay[side].shift() : undefined;
    if (next !== undefined) write(side, { kind: next.kind, index: next.index ?? 0 });
    else {
      const kind = side === "client" ? "request" : "response";
      onTheWay[side === "client" ? "server" : "client"].push(write(side, { kind, index: counts[side]++ }));
    }
  }
  return log;
}
