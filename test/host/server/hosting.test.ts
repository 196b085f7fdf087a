import { once } from "node:events";
import { createServer, connect as tcpConnect } from "node:net";
import { networkInterfaces } from "node:os";
import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, implement } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { afterTheTest, connectTo, gate } from "../../../bridge/test/harness/loopback.js";
import { failureOf, throwing } from "../../../bridge/test/harness/probe.js";
import { twoMethods } from "../../../bridge/test/harness/two-methods.js";
import { formatAddress } from "../../../src/host/address.js";
import { host, UsageError } from "../../../src/host/index.js";
import { addressesOf, bindAll } from "../../../src/host/server/binding.js";
import { Connections } from "../../../src/host/server/connections.js";
import { build } from "../fixtures/unary-server.js";
import { build as buildWaiting } from "../fixtures/waiting-server.js";
import { listening } from "../listening.js";

describe("where a server listens", () => {
  /** 127.0.0.1, and ::1 if the machine has it. */
  const loopbacks = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.map(({ address }) => address).filter((address) => address === "127.0.0.1" || address === "::1"),
  );

  const bind = async (addresses: readonly string[], port: number) => {
    const bound = await bindAll(addresses, port, () => {});
    afterTheTest(() => {
      for (const listener of bound.listeners) listener.close();
    });
    return bound.port;
  };

  it("is one port of every address", async () => {
    const server = new Server();
    implement(twoMethods, {
      squareRoot: ({ value }) => ({ value: Math.sqrt(value) }),
      divide: () => ({ value: 0 }),
    }).addTo(server);
    const connections = new Connections(server);
    afterTheTest(() => {
      void connections.close();
      connections.destroy();
    });
    const port = await connections.listen(loopbacks, 0);
    for (const address of loopbacks) {
      const client = connectTo(formatAddress({ host: address, port }));
      expect(await caller(CalculatorService, client).squareRoot({ value: 16 })).to.deep.equal({ value: 4 });
    }
  });

  it("fails if one of the addresses is taken, and frees the others", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    afterTheTest(() => holder.close());
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const others = loopbacks.filter((address) => address !== "127.0.0.1");

    const error = await failureOf(bind([...others, "127.0.0.1"], port));
    expect(error).to.be.instanceOf(UsageError).with.property("message").that.includes("is in use by another program");

    for (const address of others) expect(await bind([address], port)).to.equal(port);
  });

  it("is wrong usage on an address that is not of this machine", async () => {
    // 192.0.2.0/24 is for documentation: no machine has it.
    const message = "192.0.2.1 is not an address of this machine: choose another with --host";
    expect(await failureOf(bind(["192.0.2.1"], 0)))
      .to.be.instanceOf(UsageError)
      .and.to.include({ message });
  });

  it("ends when the drain begins", async () => {
    const hosting = build();
    const { port } = await hosting.listen();
    await hosting.drain(0);
    expect(String(await failureOf(hosting.listen({ port })))).to.match(/^Error: .*drain/);
    expect(await bind(["127.0.0.1"], port)).to.equal(port);
  });

  it("is each address of a name once, without IPv6 if the machine has none", async () => {
    const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === "IPv6"));
    const known = [
      { address: "127.0.0.1", family: 4 },
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    expect(await addressesOf("localhost", async () => known)).to.deep.equal(
      hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"],
    );
  });

  it("is wrong usage if the name is unknown", async () => {
    const unknown = async () => throwing(Object.assign(new Error("no"), { code: "ENOTFOUND" }))();
    const message = "--host nowhere.invalid: no address of that name is known (ENOTFOUND)";
    const error = await failureOf(addressesOf("nowhere.invalid", unknown));
    expect(error).to.be.instanceOf(UsageError).and.to.include({ message });
  });
});

describe("a drain", () => {
  it("tells services first, so that a stream can say goodbye and end by itself", async () => {
    const begun = gate();
    const hosting = host((draining) => [
      implement(BidirectionalService, {
        async *getServerResponse() {
          begun.open();
          await new Promise((resolve) => draining.addEventListener("abort", resolve));
          yield { message: "goodbye" };
        },
      }),
    ]);
    const { client } = await listening(hosting);
    const said: string[] = [];
    const talk = (async () => {
      for await (const { message } of caller(BidirectionalService, client).getServerResponse([])) said.push(message);
    })();
    await begun.opened;
    expect(await hosting.drain(3_600_000)).to.equal(0);
    await talk;
    expect(said).to.deep.equal(["goodbye"]);
  });

  it("lets an open call end by itself, and refuses a new call with UNAVAILABLE", async () => {
    const [begun, root] = [gate(), gate<{ value: number }>()];
    const squareRoot = () => {
      begun.open();
      return root.opened;
    };
    const hosting = host([implement(twoMethods, { squareRoot, divide: () => ({ value: 0 }) })]);
    const { client } = await listening(hosting);
    const calculator = caller(CalculatorService, client);
    const open = calculator.squareRoot({ value: 16 });
    await begun.opened;
    const drained = hosting.drain(3_600_000);
    expect(await failureOf(calculator.divide({ value1: 1, value2: 1 }))).to.include({ code: status.UNAVAILABLE });
    root.open({ value: 4 });
    expect(await open).to.deep.equal({ value: 4 });
    expect(await drained).to.equal(0);
  });

  it("ends its grace when it is forced, and is one drain however often you ask for it", async () => {
    const hosting = buildWaiting();
    const { client } = await listening(hosting);
    const responses = caller(BidirectionalService, client).getServerResponse([])[Symbol.asyncIterator]();
    await responses.next();
    const error = failureOf(responses.next());
    const draining = hosting.drain(3_600_000);
    expect(hosting.drain(0)).to.equal(draining);
    expect(await hosting.force()).to.equal(1);
    expect(await error).to.include({ code: status.UNAVAILABLE, details: "the server is shutting down" });
  });
});

describe("a server that is sent what it cannot use", () => {
  it("closes a connection that does not speak HTTP/2, answers UNIMPLEMENTED to unknown methods, and continues", async () => {
    const { client, port } = await listening(build());
    const socket = tcpConnect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    afterTheTest(() => socket.destroy());
    socket.on("error", () => {});
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    const calculator = caller(CalculatorService, client);
    for (const path of ["/Calculator/CubeRoot", "/Abacus/Add"]) {
      const { squareRoot } = caller({ squareRoot: { ...CalculatorService.squareRoot, path } }, client);
      expect(await failureOf(squareRoot({ value: 16 }))).to.have.property("code", status.UNIMPLEMENTED);
    }
    expect(await calculator.squareRoot({ value: 16 })).to.deep.equal({ value: 4 });
  });
});
