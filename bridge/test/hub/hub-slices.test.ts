import { expect } from "chai";
import { Hub } from "quartet-bridge/hub";
import { member, nextTurn, stopClock } from "./hub-members.js";

/** A hub with `count` members, whose clock moves a microsecond for each delivery. */
function slowHub(count: number, options: { replay?: number; maxLag?: number } = {}) {
  const pass = stopClock();
  const hub = new Hub<number>(options);
  const members = Array.from({ length: count }, () => member(hub, {}, () => pass(0.001)));
  return { hub, members, pass };
}

/** How many messages were delivered at each turn of the event loop until no member is behind. */
async function deliveredPerTurn(hub: Hub<number>): Promise<number[]> {
  const seen: number[] = [];
  let before = 0;
  for (;;) {
    const { delivered, lag } = hub.gauges;
    seen.push(delivered - before);
    before = delivered;
    if (lag === 0) return seen;
    await nextTurn();
  }
}

function histories(members: readonly { readonly heard: readonly unknown[] }[]): string[] {
  return [...new Set(members.map(({ heard }) => heard.join(" ")))];
}

describe("A hub with many members", () => {
  it("lets the event loop run: 10,000 members get a message in slices of 2 ms", async () => {
    const { hub, members } = slowHub(10_000);
    hub.publish(1);
    const slices = await deliveredPerTurn(hub);
    expect(slices).to.have.length(5);
    for (const slice of slices) expect(slice).to.be.within(1900, 2016);
    expect(histories(members)).to.deep.equal(["1"]);
  });

  it("serves 512 members in the turn of publish, however slow that is", () => {
    const { hub, pass } = slowHub(511);
    member(hub, {}, () => pass(1000));
    hub.publish(1);
    hub.publish(2);
    expect(hub.gauges).to.include({ lag: 0, delivered: 1024 });
  });

  it("does not block the event loop with many messages in one turn, and delivers them in a few turns", async () => {
    const { hub, members } = slowHub(1000);
    for (let n = 1; n <= 10; n += 1) hub.publish(n);
    const slices = await deliveredPerTurn(hub);
    // The first turn has the time of a slice, and the steps that are made in any case. Four slices follow.
    expect(slices[0]).to.be.within(2000, 2000 + 512 + 16);
    expect(slices).to.have.length(5);
    expect(histories(members)).to.deep.equal(["1 2 3 4 5 6 7 8 9 10"]);
  });

  it("gets time back while other code runs", () => {
    const { hub, pass } = slowHub(1000);
    for (let n = 1; n <= 20; n += 1) {
      hub.publish(n);
      expect(hub.gauges.lag, `after ${n}`).to.equal(0);
      pass(1);
    }
  });

  it("replays messages to a new member while it still delivers to the others", async () => {
    const { hub } = slowHub(10_000, { replay: 10 });
    hub.publish(1);
    const late = Array.from({ length: 10 }, () => member(hub, { last: 10, first: 0 }));
    hub.publish(2);
    expect(late.map(({ heard }) => heard.length)).to.deep.equal(new Array(10).fill(0));
    await nextTurn();
    expect(hub.gauges.lag).to.equal(2);
    for (const { heard } of late) expect(heard).to.deep.equal([0, 1]);
    await deliveredPerTurn(hub);
    for (const { heard } of late) expect(heard).to.deep.equal([0, 1, 2]);
  });

  it("does not delay messages for all members because of new members", async () => {
    const { hub, members, pass } = slowHub(10_000);
    hub.publish(1);
    const served = members.findIndex(({ heard }) => heard.length === 0);
    for (let late = 0; late < 5000; late += 1) member(hub, { first: 0 }, () => pass(0.001));
    await nextTurn();
    expect(members.findIndex(({ heard }) => heard.length === 0)).to.be.greaterThan(served + 500);
    await deliveredPerTurn(hub);
  });

  it("ends the turn of a member at its planned end, even if a slice ended in the middle of it", async () => {
    const pass = stopClock();
    const hub = new Hub<number>();
    const echo = member(hub, {}, (n) => {
      pass(1);
      for (let more = 0; more < 2 && Number(n) < 300; more += 1) hub.publish(hub.newest + 1);
    });
    const others = Array.from({ length: 600 }, () => member(hub, {}, () => pass(0.001)));
    hub.publish(1);
    while (echo.heard.length < 130) await nextTurn();
    // It published 1, 2, 4, … up to 64 messages per turn. After each turn it waited for the other members.
    expect(others.at(-1)?.heard.length).to.be.at.least(127);
    await deliveredPerTurn(hub);
    expect(histories([echo, ...others])).to.have.length(1);
  });

  it("gives a member that answers every message no more turns than the others", async () => {
    const pass = stopClock();
    const hub = new Hub<number>();
    const echo = member(hub, {}, (n) => {
      pass(0.1);
      if (Number(n) < 500) hub.publish(Number(n) + 1);
    });
    const others = Array.from({ length: 600 }, () => member(hub, {}, () => pass(0.001)));
    hub.publish(1);
    await nextTurn();
    expect(hub.gauges.published).to.be.lessThan(500);
    expect(echo.heard.length - (others.at(-1)?.heard.length ?? 0)).to.be.at.most(2);
    await deliveredPerTurn(hub);
    for (const { heard } of [echo, ...others]) expect(heard).to.have.length(500);
  });

  it("leaves nothing scheduled when no member is behind, or when all have left", async () => {
    const immediates = () => process.getActiveResourcesInfo().filter((kind) => kind === "Immediate").length;
    const before = immediates();
    const { hub, members } = slowHub(10_000);
    hub.publish(1);
    expect(immediates()).to.equal(before + 1);
    await deliveredPerTurn(hub);
    expect(immediates()).to.equal(before);
    hub.publish(2);
    expect(immediates()).to.equal(before + 1);
    for (const { leave } of members) leave();
    expect(immediates()).to.equal(before);
    expect(hub.gauges).to.include({ members: 0, lag: 0, held: 0, peak: 1 });
  });
});

describe("A hub whose messages outrun the slices", () => {
  const tooBusy = /^error RESOURCE_EXHAUSTED: the server is too busy: more than \d+ messages/;

  it("ends the members that are farthest behind with an error, counts them, and the others miss nothing", async () => {
    const { hub, members } = slowHub(10_000, { maxLag: 3, replay: 1 });
    for (let n = 1; n <= 4; n += 1) hub.publish(n);
    const { dropped, held, peak } = hub.gauges;
    const served = members.filter(({ heard }) => heard.length > 0);
    expect(dropped).to.equal(10_000 - served.length);
    expect([held, peak]).to.deep.equal([3, 3]);
    while (hub.gauges.members > served.length) await nextTurn();
    await deliveredPerTurn(hub);
    expect(histories(served)).to.deep.equal(["1 2 3 4"]);
    const others = histories(members).filter((each) => each !== "1 2 3 4");
    expect(others).to.have.length(1);
    expect(others[0]).to.match(tooBusy);
    expect(hub.gauges).to.include({ dropped, members: served.length, lag: 0, held: 1 });
  });

  it("bounds private messages of a member too", async () => {
    const { hub, members } = slowHub(10_000, { maxLag: 3 });
    hub.publish(1);
    const last = members.at(-1);
    for (let n = 1; n <= 5; n += 1) last?.send(-n);
    await deliveredPerTurn(hub);
    await nextTurn();
    expect(last?.heard).to.have.length(1);
    expect(last?.heard[0]).to.match(tooBusy);
    expect(hub.gauges).to.include({ dropped: 1, members: 9_999 });
  });

  it("does not count private messages of a member that has been ended", async () => {
    const { hub, members } = slowHub(10_000, { maxLag: 3 });
    hub.publish(1);
    const last = members.at(-1);
    last?.complete();
    for (let n = 1; n <= 5; n += 1) last?.send(-n);
    await deliveredPerTurn(hub);
    await nextTurn();
    expect(last?.heard).to.deep.equal([1, "complete"]);
    expect(hub.gauges.dropped).to.equal(0);
  });

  it("is bounded too if everything is published during a delivery", () => {
    const hub = new Hub<number>({ maxLag: 10 });
    const before = member(hub);
    const flood = member(hub, {}, (n) => {
      if (n === 1) for (let more = 2; more <= 1000; more += 1) hub.publish(more);
    });
    hub.publish(1);
    for (const { heard } of [before, flood]) {
      expect(heard).to.have.length(2);
      expect(heard[1]).to.match(tooBusy);
    }
    expect(hub.gauges).to.include({ dropped: 2, members: 0, published: 1000, held: 0, peak: 10 });
  });
});
