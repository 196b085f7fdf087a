import { type Client, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { connectTo } from "../../../bridge/test/harness/loopback.js";
import { startServer } from "../program/child.js";

/** Begins a call that the server never ends, and waits until it is there. */
async function begin(client: Client) {
  const responses = caller(BidirectionalService, client).getServerResponse([])[Symbol.asyncIterator]();
  expect((await responses.next()).value).to.deep.equal({ message: "begun" });
  return {
    code: () =>
      responses.next().then(
        () => status.OK,
        (error: CallError) => error.code,
      ),
  };
}

describe("a server process that is told to stop", () => {
  // Windows has no signals: `kill` there ends a process without asking it.
  if (process.platform !== "win32") {
    it("drains on SIGINT and ends by itself with 0 while a client stays connected", async () => {
      const server = await startServer("unary-server");
      const client = connectTo(`127.0.0.1:${server.listening.port}`);
      await caller(CalculatorService, client).squareRoot({ value: 16 });
      server.process.kill("SIGINT");
      const { code, stderr } = await server.ended;
      expect(code).to.equal(0);
      expect(stderr.join("\n")).to.include("every call ended by itself");
    });

    it("ends the calls with UNAVAILABLE at a second signal, before the grace is over", async () => {
      const server = await startServer("waiting-server", ["--grace", "3600"]);
      const call = await begin(connectTo(`127.0.0.1:${server.listening.port}`));
      server.process.kill("SIGTERM");
      await server.stderrHas("draining");
      server.process.kill("SIGINT");
      expect(await call.code()).to.equal(status.UNAVAILABLE);
      expect((await server.ended).code).to.equal(0);
    });
  }

  it("drains on a stop message, and ends calls that outlive the grace with UNAVAILABLE", async () => {
    const server = await startServer("waiting-server", ["--grace", "0"]);
    const call = await begin(connectTo(`127.0.0.1:${server.listening.port}`));
    server.process.send({ type: "stop" });
    expect(await call.code()).to.equal(status.UNAVAILABLE);
    const { code, stderr } = await server.ended;
    expect(code).to.equal(0);
    expect(stderr.join("\n")).to.include('"left":1');
  });

  it("drains when its parent is gone", async () => {
    const server = await startServer("unary-server");
    server.process.disconnect();
    const { code, stderr } = await server.ended;
    expect(code).to.equal(0);
    expect(stderr.join("\n")).to.include("parent gone");
  });
});
