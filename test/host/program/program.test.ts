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
  it("prints its answer on stdout and ends by itself with 0, with 'localhost' for a server on 127.0.0.1", async () => {
    const { port } = await listening(buildUnary());
    const { code, stdout, stderr } = await start("square-root-client", ["--address", `localhost:${port}`]).ended;
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: ["4"], stderr: [] });
  });

  it("takes ADDRESS from the environment", async () => {
    const { address } = await listening(buildUnary());
    const { stdout } = await start("square-root-client", [], { ADDRESS: address }).ended;
    expect(stdout).to.deep.equal(["4"]);
  });

  it("works the same behind an http_proxy", async () => {
    const { port } = await listening(buildUnary());
    let asked = 0;
    const proxy = createServer((socket) => {
      asked += 1;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    afterTheTest(() => proxy.close());
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
    const env = { http_proxy: url, https_proxy: url, grpc_proxy: url, no_proxy: "", no_grpc_proxy: "" };
    const { code, stdout } = await start("square-root-client", ["--address", `localhost:${port}`], env).ended;
    expect({ code, stdout, asked }).to.deep.equal({ code: 0, stdout: ["4"], asked: 0 });
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
    it(`takes ${address} for no address, and says what to write`, () => {
      const said = refusalOf(clientCommand("square root client"), ["--address", address]);
      expect(said)
        .to.match(/^square root client: /)
        .and.include(`'${address}' is no address: write host:port`);
    });
  }

  for (const [args, says] of [
    [["--number", "four"], "square root client: 'four' is no number: give --number one"],
    [["--nmber", "4"], "square root client: unknown option '--nmber'"],
  ] as const) {
    it(`ends with 64 on ${args.join(" ")}`, async () => {
      const { code, stderr } = await start("square-root-client", args).ended;
      expect(code).to.equal(64);
      expect(stderr[0]).to.include(says);
    });
  }

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

  it("cancels its calls when nobody reads what it prints any more", async () => {
    const { address } = await listening(buildWaiting());
    const client = start("waiting-client", ["--address", address]);
    const exit = once(client.process, "exit");
    client.process.stdout?.destroy();
    expect(await exit).to.deep.equal([130, null]);
  });
});
