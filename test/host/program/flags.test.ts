import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { serverCommand } from "../../../src/host/program/flags.js";
import { refusalOf } from "../../refusal-of.js";
import { start } from "./child.js";

describe("the flags of a server", () => {
  const wrong = [
    { args: ["--port", "65536"], says: "A port is a whole number from 0 to 65535." },
    { args: ["--port", "-1"], says: "A port is a whole number from 0 to 65535." },
    { args: ["--port", "http"], says: "A port is a whole number from 0 to 65535." },
    { args: ["--grace", "soon"], says: "A grace is a number of seconds from 0 to 3600." },
    { args: ["--log-level", "loud"], says: "Allowed choices are trace, debug, info, warn, error, fatal, silent." },
    { args: ["50051"], says: "too many arguments" },
  ];
  for (const { args, says } of wrong) {
    it(`do not include ${args.join(" ")}, and the server says why`, () => {
      expect(refusalOf(serverCommand("unary server"), args))
        .to.match(/^unary server: /)
        .and.include(says);
    });
  }

  it("end the process with 64 and a line that says why, where one is wrong", async () => {
    const { code, stdout, stderr } = await start("unary-server", ["--prot", "1"]).ended;
    expect(code).to.equal(64);
    expect(stdout).to.deep.equal([]);
    expect(stderr[0]).to.equal("unary server: unknown option '--prot'");
  });

  it("ends with 64 on a PORT in the environment that is none, and names it", async () => {
    const { code, stderr } = await start("unary-server", [], { PORT: "fifty" }).ended;
    expect(code).to.equal(64);
    expect(stderr[0]).to.include("from env 'PORT'");
  });

  it("prints help and ends with 0", async () => {
    const { code, stdout } = await start("unary-server", ["--help"]).ended;
    expect(code).to.equal(0);
    expect(stdout.join("\n"))
      .to.include("--port")
      .and.include("--host")
      .and.include("env: PORT")
      .and.not.include("env: HOST");
  });

  it("ends with 64 and one line on a port in use", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    afterTheTest(() => holder.close());
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const { code, stderr } = await start("unary-server", ["--port", String(port)]).ended;
    expect(code).to.equal(64);
    expect(stderr).to.deep.equal([
      `unary server: port ${port} of 127.0.0.1 is in use by another program: stop that one, or choose another port with --port or PORT`,
    ]);
  });

  it("takes PORT from the environment, does not take HOST, and says on stdout where it listens", async () => {
    const server = start("unary-server", [], { PORT: "0", HOST: "192.0.2.1" });
    await server.stdoutHas("unary server listening on 127.0.0.1:");
    server.process.send({ type: "stop" });
    expect((await server.ended).code).to.equal(0);
  });

  it("logs nothing with LOG_LEVEL=silent", async () => {
    const server = start("unary-server", ["--port", "0"], { LOG_LEVEL: "silent" });
    await server.stdoutHas("listening");
    server.process.send({ type: "stop" });
    const { stdout, stderr } = await server.ended;
    expect(stdout).to.have.length(1);
    expect(stderr).to.deep.equal([]);
  });
});
