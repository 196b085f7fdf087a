import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";

const refuse = new URL("../../exercises/archive/refuse-network.js", import.meta.url).href;

/** What a program prints in which only this machine can be reached. Nothing is sent: `.invalid` is nobody's (RFC 2606). */
async function printed(program: string): Promise<string> {
  const args = [`--import=${refuse}`, "--input-type=module", "--eval", program];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe("a machine without a network", () => {
  it("refuses a connection to another machine", async () => {
    const program = `
      import { connect } from "node:net";
      const error = await new Promise((resolve) => connect({ host: "quartet.invalid", port: 9 }).on("error", resolve));
      console.log(error.code, error.message);
      console.log((await fetch("http://quartet.invalid/").catch(({ cause }) => cause)).code);`;
    expect(await printed(program)).to.equal(
      "ENETUNREACH no network here: quartet.invalid is not this machine\nENETUNREACH\n",
    );
  });

  it("asks nobody for the address of a name", async () => {
    const program = `
      import { lookup } from "node:dns";
      lookup("quartet.invalid", (error) => console.log(error.code));`;
    expect(await printed(program)).to.equal("ENETUNREACH\n");
  });

  it("reaches this machine as ever", async () => {
    const program = `
      import { connect, createServer } from "node:net";
      const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1", () => {
        for (const host of ["127.0.0.1", "localhost"])
          connect({ port: server.address().port, host }).on("data", (data) => console.log(String(data))).on("close", () => server.close());
      });`;
    expect(await printed(program)).to.equal("hello\nhello\n");
  });
});
