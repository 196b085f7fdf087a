import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, implement } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { gate, loopback } from "../../../bridge/test/harness/loopback.js";
import { OpenCalls } from "../../../src/host/server/open-calls.js";

describe("OpenCalls", () => {
  /** A server that writes as fast as its reader reads, and says when it has written `full` messages of 10 kB. */
  async function flooding(full: number) {
    const openCalls = new OpenCalls();
    const server = new Server({ interceptors: [openCalls.interceptor] });
    const blocked = gate();
    implement(BidirectionalService, {
      async *getServerResponse() {
        for (let sent = 0; ; sent += 1) {
          if (sent === full) blocked.open();
          yield { message: "x".repeat(10_000) };
        }
      },
    }).addTo(server);
    const { client } = await loopback(server);
    const responses = caller(BidirectionalService, client).getServerResponse([])[Symbol.asyncIterator]();
    await responses.next();
    return { openCalls, responses, blocked: blocked.opened };
  }

  it("gives a peer that had stopped reading the status when it reads again, and not a reset", async () => {
    const { openCalls, responses, blocked } = await flooding(20);
    await blocked;
    openCalls.end(status.UNAVAILABLE, "going away");
    const reading = (async () => {
      for (;;) await responses.next();
    })();
    const error = await reading.catch((reason) => reason);
    expect(error).to.be.instanceOf(CallError).with.property("details", "going away");
    expect(error).to.have.property("code", status.UNAVAILABLE);
  });

  it("forgets calls that are over, and ends only the chosen ones", async () => {
    const { openCalls, responses, blocked } = await flooding(5);
    await blocked;
    openCalls.end(status.UNAVAILABLE, "going away", (path) => path.startsWith("/other."));
    expect((await responses.next()).done).to.equal(false);
    expect(openCalls.size).to.equal(1);
    openCalls.end(status.UNAVAILABLE, "going away");
    await (async () => {
      for (;;) await responses.next();
    })().catch(() => {});
    await new Promise<void>((resolve) => {
      const look = () => (openCalls.size === 0 ? resolve() : setImmediate(look));
      look();
    });
  });
});
