import { expect } from "chai";
import { pairs } from "../../src/demo/pairs.js";
import { folders } from "./block-under.js";
import { accepts, addressesIn, startGroup } from "./process-group.js";

describe("the two-terminal form", () => {
  it("is a server and a client that share only the address; the client runs all its cases, the server stops when told", async () => {
    const server = startGroup("unary/server.js", [], { PORT: "0" });
    await server.saw("listening on");
    const [address = ""] = addressesIn(server.stdout());
    const client = startGroup("unary/client.js", [], { ADDRESS: address });
    expect(await client.ended, client.stdout() + client.stderr()).to.equal(0);
    expect(client.stderr()).to.equal("");
    server.signal("SIGTERM");
    expect(await server.ended).to.equal(0);
    expect([server.alive(), await accepts(address)]).to.deep.equal([false, false]);
  });

  it("one server with all services answers the clients of all four folders at once", async () => {
    const server = startGroup("demo/serve.js", [], { PORT: "0" });
    await server.saw("listening on");
    const [ADDRESS = ""] = addressesIn(server.stdout());
    const clients = Object.entries(pairs).map(([name, { opening }]) =>
      startGroup(`${folders[name as keyof typeof pairs]}/client.js`, ["--case", opening], { ADDRESS }),
    );
    for (const client of clients) expect(await client.ended, client.stdout() + client.stderr()).to.equal(0);
    server.signal("SIGINT");
    expect(await server.ended).to.equal(0);
  });

  it("a client prints 'not offered here' for each service that the server lacks, and fails if it lacks all", async () => {
    const server = startGroup("client-streaming/server.js", [], { PORT: "0" });
    await server.saw("listening on");
    const [ADDRESS = ""] = addressesIn(server.stdout());
    const client = startGroup("unary/client.js", ["--case", "square-root"], { ADDRESS });
    expect(await client.ended).to.equal(1);
    expect(client.stdout()).to.equal("square-root\n  not offered here\n");
    expect(client.stderr()).to.include("nothing that was asked for is offered at");
    server.signal("SIGTERM");
    await server.ended;
  });

  it("a client without a server says what to do", async () => {
    const address = ["--address", "127.0.0.1:1"];
    for (const [program, args, name, target] of [
      ["unary/client", [], "unary-client", "unary-server"],
      ["bidirectional/chat-client/terminal", ["--name", "ada"], "chat", "bidi-server"],
      ["client-streaming/upload-client/upload-file", ["package.json"], "upload", "client-streaming-server"],
    ] as const) {
      const client = startGroup(`${program}.js`, [...args, ...address]);
      expect(await client.ended).to.equal(1);
      expect(client.stderr()).to.include(
        `${name}: nothing is listening on 127.0.0.1:1: start the server with \`make ${target}\`\n`,
      );
    }
  });
});
