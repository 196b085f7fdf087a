import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { clientCommand } from "../../../src/host/program/flags.js";
import { refusalOf } from "../../refusal-of.js";
import { build as buildUnary } from "../fixtures/unary-server.js";
import { build as buildWaiting } from "../fixtures/waiting-server.js";
import { listening } from "../listening.js";
import { callLines } from "../server/call-lines.js";
import { start } from "./child.js";

describe("a client program", () => {
  it("prints its answer and ends with 0: for a server on 127.0.0.1 called localhost, with a proxy in the environment", async () => {
    const { port } = await listening(buildUnary());
    let asked = 0;
    const proxy = createServer((socket) => {
      asked += 1;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    afterTheTest(() => proxy.close());
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
    const proxies = { http_proxy: url, https_proxy: url, grpc_proxy: url, no_proxy: "", no_grpc_proxy: "" };
    const client = start("square-root-client", [], { ...proxies, ADDRESS: `localhost:${port}` });
    const { code, stdout, stderr } = await client.ended;
    expect({ code, stdout, stderr, asked }).to.deep.equal({ code: 0, stdout: ["4"], stderr: [], asked: 0 });
  });

  it("ends with 1 and says how to start the server when nothing listens", async () => {
    const hosting = buildUnary();
    const { port } = await listening(hosting);
    await hosting.drain(0);
    const address = `localhost:${port}`;
    const { code, stdout, stderr } = await start("square-root-client", ["--address", address]).ended;
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 1,
      stdout: [],
      stderr: [`square root client: nothing is listening on ${address}: start the server with \`make unary-server\``],
    });
  });

  it("ends with 1 and the status in one line when the call fails", async () => {
    const { address } = await listening(buildWaiting());
    const { code, stderr } = await start("square-root-client", ["--address", address]).ended;
    expect(code).to.equal(1);
    expect(stderr).to.have.length(1);
    expect(stderr[0]).to.match(/^square root client: UNIMPLEMENTED: /);
  });

  for (const address of ["localhost", "localhost:0", "::1:50051"]) {
    it(`refuses the address ${address}, and says what to write`, () => {
      const said = refusalOf(clientCommand("square root client"), ["--address", address]);
      expect(said)
        .to.match(/^square root client: /)
        .and.include(`'${address}' is not an address: write host:port`);
    });
  }

  it("ends with 64 and one line if a flag has a wrong value", async () => {
    const { code, stderr } = await start("square-root-client", ["--number", "four"]).ended;
    expect(code).to.equal(64);
    expect(stderr).to.deep.equal(["square root client: 'four' is not a number: give --number one"]);
  });

  it("cancels its calls when it is stopped, and ends with 130", async () => {
    const { log, next } = callLines();
    const { address } = await listening(buildWaiting({ log }));
    const client = start("waiting-client", ["--address", address]);
    await client.stdoutHas("begun");
    if (process.platform === "win32") client.process.send({ type: "stop" });
    else client.process.kill("SIGINT");
    const { code, stderr } = await client.ended;
    expect({ code, stderr }).to.deep.equal({ code: 130, stderr: [] });
    expect(await next()).to.include({ code: "CANCELLED" });
  });

  it("cancels its calls when the reader of its output is gone", async () => {
    const { address } = await listening(buildWaiting());
    const client = start("waiting-client", ["--address", address]);
    const exit = once(client.process, "exit");
    client.process.stdout?.destroy();
    expect(await exit).to.deep.equal([130, null]);
  });
});
