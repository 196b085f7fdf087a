import { hasSubscribers } from "node:diagnostics_channel";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { reportStalledPeer } from "#bridge/errors/diagnostics.js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { connectTo } from "../../../bridge/test/harness/loopback.js";
import { host } from "../../../src/host/index.js";
import { build } from "../fixtures/unary-server.js";
import { listening } from "../listening.js";
import { callLines } from "./call-lines.js";
import { callThatHangs, callThatIsNotRead, endless } from "./stalled.js";

describe("a host that hears of a stalled peer", () => {
  async function hosted() {
    const { service, next } = endless();
    const { log, lines } = callLines();
    return {
      next,
      cuts: () => lines.filter((line) => "msg" in line && String(line.msg).startsWith("cut ")),
      ...(await listening(host([service], { log }))),
    };
  }

  it("cuts the connection of a peer whose machine hangs in the middle of a write", async () => {
    const { port, next } = await hosted();
    await callThatHangs(port);
    const { path, peer, stalled, over } = await next();
    await stalled();
    reportStalledPeer({ path, peer });
    await over;
  });

  it("cuts no other connection, and none of another host", async () => {
    const [here, there] = [await hosted(), await hosted()];
    const stuck = callThatIsNotRead(here.address);
    const { path, peer } = await here.next();
    const readers = [here, there].map(({ address }) =>
      caller(BidirectionalService, connectTo(address)).getServerResponse([])[Symbol.asyncIterator](),
    );
    for (const reader of readers) await reader.next();
    reportStalledPeer({ path, peer });
    await stuck.closed;
    // More messages than the buffers between can hold.
    for (const reader of readers) for (let n = 0; n < 100; n += 1) expect((await reader.next()).done).to.equal(false);
    expect([here.cuts().length, there.cuts().length]).to.deep.equal([1, 0]);
    for (const reader of readers) await reader.return?.();
  });

  it("subscribes to stalled peers only while it serves", async () => {
    const channel = "quartet.bridge.stalled-peer";
    const hosting = build();
    expect(hasSubscribers(channel)).to.equal(false);
    const { client } = await listening(hosting);
    expect(hasSubscribers(channel)).to.equal(true);
    await caller(CalculatorService, client).squareRoot({ value: 16 });
    await hosting.drain(0);
    expect(hasSubscribers(channel)).to.equal(false);
  });
});
