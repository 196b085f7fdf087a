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
    { args: [], env: { PORT: "fifty" }, says: "from env 'PORT'" },
  ];
  for (const { args, env = {}, says } of wrong) {
    it(`do not include ${args.join(" ") || JSON.stringify(env)}, and the server says why`, () => {
      Object.assign(process.env, env);
      afterTheTest(() => {
        for (const name of Object.keys(env)) delete process.env[name];
      });
      expect(refusalOf(serverCommand("unary server"), args))
        .to.match(/^unary server: /)
        .and.include(says);
    });
  }

  it("end the process with 64 and one line that says why, if one is wrong", async () => {
    const { code, stdout, stderr } = await start("unary-server", ["--prot", "1"]).ended;
    expect(code).to.equal(64);
    expect(stdout).to.deep.equal([]);
    expect(stderr[0]).to.equal("unary server: unknown option '--prot'");
  });

  it("include --help, which lists them and ends with 0", async () => {
    const { code, stdout } = await start("unary-server", ["--help"]).ended;
    expect(code).to.equal(0);
    const help = stdout.join("\n");
    expect(help).to.include("--port").and.include("--host").and.include("env: PORT").and.not.include("env: HOST");
  });

  it("end the process with 64 and one line if the port is in use", async () => {
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

  it("have values from PORT and LOG_LEVEL, not from HOST; a silent server prints only its address", async () => {
    const server = start("unary-server", [], { PORT: "0", HOST: "192.0.2.1", LOG_LEVEL: "silent" });
    await server.stdoutHas("unary server listening on 127.0.0.1:");
    server.process.send({ type: "stop" });
    const { code, stdout, stderr } = await server.ended;
    expect(code).to.equal(0);
    expect(stdout).to.have.length(1);
    expect(stderr).to.deep.equal([]);
  });
});
