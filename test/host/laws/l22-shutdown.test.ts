import { once } from "node:events";
import { connect as tcpConnect } from "node:net";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { afterTheTest, connectTo, gate } from "../../../bridge/test/harness/loopback.js";
import { law } from "../../../bridge/test/laws/proof/law.js";
import { host } from "../../../src/host/index.js";
import { listening } from "../listening.js";
import { callThatHangs, callThatIsNotRead, endless } from "../server/stalled.js";

law("L22", "a server that is told to stop, with calls that are read, not read, and of a hung machine", ({ repeat }) => {
  /** Reads until the call ends, and says how. */
  async function reading(address: string, begun = gate()): Promise<number> {
    try {
      for await (const _ of caller(BidirectionalService, connectTo(address)).getServerResponse([])) begun.open();
      return status.OK;
    } catch (error) {
      return (error as CallError).code;
    }
  }

  repeat(20, "is down at the end of the grace: a peer that reads gets UNAVAILABLE, the others are cut", async () => {
    const { service, next } = endless();
    const hosting = host([service]);
    const { address, port } = await listening(hosting);
    const notReading = callThatIsNotRead(address);
    const calls = [await next()];
    await callThatHangs(port);
    calls.push(await next());
    for (const { stalled } of calls) await stalled();
    const readers = [gate(), gate()];
    const codes = readers.map((begun) => reading(address, begun));
    for (const { opened } of readers) await opened;
    calls.push(await next(), await next());

    expect(await hosting.drain(0)).to.equal(4);
    expect(await Promise.all(codes)).to.deep.equal([status.UNAVAILABLE, status.UNAVAILABLE]);
    for (const { over } of calls) await over;
    await notReading.closed;
    expect(notReading.trailers).to.deep.equal([]);
    const late = tcpConnect(port, "127.0.0.1");
    afterTheTest(() => late.destroy());
    const [error] = await once(late, "error");
    expect(error).to.have.property("code", "ECONNREFUSED");
  });
});
