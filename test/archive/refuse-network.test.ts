import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { expect } from "chai";
import { offline } from "../../exercises/archive/offline.js";

const refuse = new URL("../../exercises/archive/refuse-network.js", import.meta.url).href;

/** What a program prints that can reach only this machine. No host has a name in `.invalid` (RFC 2606). */
async function printed(program: string): Promise<string> {
  const args = [`--import=${refuse}`, "--input-type=module", "--eval", program];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe("a machine without a network", () => {
  it("refuses a connection to another machine, and the look-up of its name", async () => {
    const program = `
      import { lookup } from "node:dns";
      import { connect } from "node:net";
      const error = await new Promise((resolve) => connect({ host: "quartet.invalid", port: 9 }).on("error", resolve));
      console.log(error.code, error.message);
      console.log((await fetch("http://quartet.invalid/").catch(({ cause }) => cause)).code);
      lookup("quartet.invalid", (error) => console.log(error.code));`;
    expect(await printed(program)).to.equal(
      "ENETUNREACH no network here: quartet.invalid is not this machine\nENETUNREACH\nENETUNREACH\n",
    );
  });

  it("still reaches this machine", async () => {
    const program = `
      import { connect, createServer } from "node:net";
      import { once } from "node:events";
      const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
      await once(server, "listening");
      // One after the other: a server that closes refuses pending connections.
      for (const host of ["127.0.0.1", "localhost"]) {
        const socket = connect({ port: server.address().port, host }).on("data", (data) => console.log(String(data)));
        await once(socket, "close");
      }
      server.close();`;
    expect(await printed(program)).to.equal("hello\nhello\n");
  });

  it("is what `offline` gives a program, in either of its ways", async () => {
    const program = `
      import { connect, createServer } from "node:net";
      import { networkInterfaces } from "node:os";
      const heard = (options) => new Promise((resolve) => connect(options).on("data", resolve).on("error", resolve));
      const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1", async () => {
        const own = await heard({ port: server.address().port, host: "127.0.0.1" });
        const alone = Object.values(networkInterfaces()).flat().every(({ internal }) => internal);
        const refused = alone || (await heard({ port: 9, host: "quartet.invalid" })).message.startsWith("no network here");
        process.exit(String(own) === "hello" && refused ? 0 : 1);
      });`;
    const { how, run } = await offline();
    expect(await run(process.execPath, ["--input-type=module", "--eval", program], tmpdir()), how).to.equal(0);
  });
});
