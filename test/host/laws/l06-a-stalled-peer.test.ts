import { mock } from "node:test";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { failWhenFull, implement, onStalledPeer, type StalledPeer } from "quartet-bridge";
import { Subject } from "rxjs";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { afterTheTest, gate } from "../../../bridge/test/harness/loopback.js";
import { failureOf, type Probe, pushing, served } from "../../../bridge/test/harness/probe.js";
import { framed, rawCall } from "../../../bridge/test/harness/wire/raw-call.js";
import { law } from "../../../bridge/test/laws/proof/law.js";
import { host } from "../../../src/host/index.js";
import { listening } from "../listening.js";
import { callLines } from "../server/call-lines.js";

/** A service whose stream pushes what `subject` emits, and its first call. */
async function pushed(policy = failWhenFull<Probe>({ messages: 8, patienceMs: 1 })) {
  const subject = new Subject<Probe>();
  const { begun, serverStreaming } = pushing(subject, policy);
  return { ...(await served({ serverStreaming })), subject, policy, begun };
}

/** Emits without a pause until the outbox is full, so nothing can leave. */
function overflow(subject: Subject<Probe>): number {
  let produced = 0;
  while (subject.observed) {
    produced += 1;
    subject.next({ n: produced, load: "x".repeat(100_000) });
  }
  return produced;
}

/** The stalled peers that are reported from now on, until the test has ended. */
function stalledPeers() {
  const seen: StalledPeer[] = [];
  const first = gate<StalledPeer>();
  afterTheTest(
    onStalledPeer((event) => {
      seen.push(event);
      first.open(event);
    }),
  );
  return { seen, first: first.opened };
}

law("L6", "a peer that was too slow, and then reads again or not", () => {
  it("the source and the outbox are freed in the turn in which the outbox is full", async () => {
    for (const bound of [{ messages: 8 }, { bytes: 850_000 }]) {
      const { calls, subject, policy, begun } = await pushed(failWhenFull(bound));
      const responses = calls.serverStreaming({ n: 0 })[Symbol.asyncIterator]();
      const first = responses.next();
      await begun;
      const produced = overflow(subject);
      const counters = { delivered: 1, dropped: 9, waiting: 0, peak: 8 };
      expect([produced, policy.counters]).to.deep.equal([10, counters]);
      expect((await first).value?.n).to.equal(1);
      expect(await failureOf(responses.next())).to.have.property("code", status.RESOURCE_EXHAUSTED);
    }
  });

  it("a peer that does not even take the status is reported, with its address and its method", async () => {
    const stalled = stalledPeers();
    const { address, subject, begun } = await pushed();
    const call = rawCall(address, "/test.Probe/ServerStreaming");
    call.pause();
    call.end(framed(Buffer.from('{"n":0}')));
    const { peer, path, signal } = await begun;
    overflow(subject);
    expect(await stalled.first).to.deep.equal({ peer, path });
    // The handler ended the call, and not the peer.
    expect(signal.aborted).to.equal(false);
  });

  it("a peer that reads again gets what was on its way and the status, and is never reported", async () => {
    const stalled = stalledPeers();
    const { calls, subject, begun } = await pushed(failWhenFull({ messages: 8, patienceMs: 5000 }));
    const responses = calls.serverStreaming({ n: 0 })[Symbol.asyncIterator]();
    const first = responses.next();
    await begun;
    mock.timers.enable({ apis: ["setTimeout"] });
    afterTheTest(() => mock.timers.reset());
    overflow(subject);
    mock.timers.tick(4999);
    expect(stalled.seen).to.deep.equal([]);
    await first;
    expect(await failureOf(responses.next())).to.have.property("code", status.RESOURCE_EXHAUSTED);
    mock.timers.tick(10_000);
    expect(stalled.seen).to.deep.equal([]);
  });

  it("a host cuts the connection of such a peer, and says so", async () => {
    const subject = new Subject<{ message: string }>();
    const { begun, serverStreaming } = pushing(subject, failWhenFull({ messages: 8, patienceMs: 1 }));
    const service = implement(BidirectionalService, { getServerResponse: serverStreaming });
    const { log, lines } = callLines();
    const { address } = await listening(host([service], { log }));
    const call = rawCall(address, "/bidirectional.Bidirectional/GetServerResponse");
    call.pause();
    const cut = gate();
    call.on("close", () => cut.open());
    const { peer, path } = await begun;
    while (subject.observed) subject.next({ message: "x".repeat(100_000) });
    await cut.opened;
    const cuts = lines.filter((line) => "msg" in line && String(line.msg).startsWith("cut "));
    expect(cuts).to.have.length(1);
    expect(cuts[0]).to.include({ level: 40, path, peer });
  });
});
