import { expect } from "chai";
import { accepts, addressesIn, startGroup } from "./process-group.js";

const folders = ["unary", "server-streaming", "client-streaming", "bidirectional"];

describe("the two-terminal form", () => {
  it("is a server and a client that know only the address, and a server that stops when told", async () => {
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

  it("one server with every service answers the clients of all four folders at once, in all cases", async () => {
    const server = startGroup("demo/serve.js", [], { PORT: "0" });
    await server.saw("listening on");
    const [ADDRESS = ""] = addressesIn(server.stdout());
    const clients = folders.map((folder) => startGroup(`${folder}/client.js`, [], { ADDRESS }));
    for (const client of clients) expect(await client.ended, client.stdout() + client.stderr()).to.equal(0);
    server.signal("SIGINT");
    expect(await server.ended).to.equal(0);
  });

  it("a client says 'not offered here' to a server without its services, and fails if none is", async () => {
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
    const client = startGroup("unary/client.js", ["--address", "127.0.0.1:1"]);
    expect(await client.ended).to.equal(1);
    expect(client.stderr()).to.equal(
      "unary-client: nothing is listening on 127.0.0.1:1: start the server with `make unary-server`\n",
    );
  });
});
