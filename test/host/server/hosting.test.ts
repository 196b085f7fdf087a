import { once } from "node:events";
import { createServer, connect as tcpConnect } from "node:net";
import { networkInterfaces } from "node:os";
import { type Client, Metadata, Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, implement } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { afterTheTest, connectTo, gate } from "../../../bridge/test/harness/loopback.js";
import { formatAddress } from "../../../src/host/address.js";
import { host, UsageError } from "../../../src/host/index.js";
import { addressesOf, bindAll } from "../../../src/host/server/binding.js";
import { Connections } from "../../../src/host/server/connections.js";
import { build } from "../fixtures/unary-server.js";
import { build as buildWaiting } from "../fixtures/waiting-server.js";
import { listening } from "../listening.js";

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("where a server listens", () => {
  /** 127.0.0.1, and ::1 where the machine has it. */
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
    implement(CalculatorService, {
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

  it("is nowhere if one of the addresses is taken", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    afterTheTest(() => holder.close());
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const others = loopbacks.filter((address) => address !== "127.0.0.1");

    const error = await rejection(bind([...others, "127.0.0.1"], port));
    expect(error).to.be.instanceOf(UsageError).with.property("message").that.includes("is in use by another program");

    // What had been bound before the failure is free again.
    for (const address of others) expect(await bind([address], port)).to.equal(port);
  });

  it("is wrong usage on an address that is not of this machine", async () => {
    // 192.0.2.0/24 is for documentation: no machine has it.
    expect(await rejection(bind(["192.0.2.1"], 0)))
      .to.be.instanceOf(UsageError)
      .with.property("message", "192.0.2.1 is no address of this machine: choose another with --host");
  });

  it("is nowhere any more once the drain has begun", async () => {
    const hosting = build();
    const { port } = await hosting.listen();
    await hosting.drain(0);
    expect(await rejection(hosting.listen({ port })))
      .to.be.instanceOf(Error)
      .with.property("message")
      .that.includes("drain");
    expect(await bind(["127.0.0.1"], port)).to.equal(port);
  });

  it("is each address of a name once, without IPv6 where the machine has none", async () => {
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

  it("is wrong usage if nobody knows the name", async () => {
    const error = await rejection(
      addressesOf("nowhere.invalid", () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }))),
    );
    expect(error)
      .to.be.instanceOf(UsageError)
      .with.property("message", "--host nowhere.invalid: no address of that name is known (ENOTFOUND)");
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
    const hosting = host([implement(CalculatorService, { squareRoot, divide: () => ({ value: 0 }) })]);
    const { client } = await listening(hosting);
    const calculator = caller(CalculatorService, client);
    const open = calculator.squareRoot({ value: 16 });
    await begun.opened;
    const drained = hosting.drain(3_600_000);
    const refused = await rejection(calculator.divide({ value1: 1, value2: 1 }));
    expect(refused).to.have.property("code", status.UNAVAILABLE);
    root.open({ value: 4 });
    expect(await open).to.deep.equal({ value: 4 });
    expect(await drained).to.equal(0);
  });

  it("gives a reading peer UNAVAILABLE at the end of the grace, after all messages", async () => {
    const hosting = buildWaiting();
    const { client } = await listening(hosting);
    const responses = caller(BidirectionalService, client).getServerResponse([])[Symbol.asyncIterator]();
    await responses.next();
    const error = rejection(responses.next());
    expect(await hosting.drain(0)).to.equal(1);
    expect(await error)
      .to.be.instanceOf(CallError)
      .and.to.include({ code: status.UNAVAILABLE, details: "the server is shutting down" });
  });

  it("ends its grace when it is forced, and is the same drain however often it is asked for", async () => {
    const hosting = buildWaiting();
    const { client } = await listening(hosting);
    const responses = caller(BidirectionalService, client).getServerResponse([])[Symbol.asyncIterator]();
    await responses.next();
    const error = rejection(responses.next());
    const draining = hosting.drain(3_600_000);
    expect(hosting.drain(0)).to.equal(draining);
    expect(await hosting.force()).to.equal(1);
    expect(await error).to.have.property("code", status.UNAVAILABLE);
  });
});

describe("a server that is sent what it cannot use", () => {
  async function hosted() {
    const { client, port } = await listening(build());
    return { client, port, stillServes: async () => expect(await root(client)).to.deep.equal({ value: 4 }) };
  }
  const root = (client: Client) => caller(CalculatorService, client).squareRoot({ value: 16 });
  const codeOf = (client: Client, path: string, bytes: Buffer) =>
    new Promise<number>((resolve) => {
      const raw = (buffer: Buffer) => buffer;
      client.makeUnaryRequest(path, raw, raw, bytes, new Metadata(), (error) => resolve(error?.code ?? status.OK));
    });

  it("closes a connection that does not speak HTTP/2, and goes on serving", async () => {
    const { port, stillServes } = await hosted();
    const socket = tcpConnect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    afterTheTest(() => socket.destroy());
    socket.on("error", () => {});
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    await stillServes();
  });

  it("answers INTERNAL to a malformed message, and goes on serving", async () => {
    const { client, stillServes } = await hosted();
    expect(await codeOf(client, "/Calculator/SquareRoot", Buffer.from([0xff]))).to.equal(status.INTERNAL);
    await stillServes();
  });

  it("answers UNIMPLEMENTED to an unknown method and to an unknown service, and goes on serving", async () => {
    const { client, stillServes } = await hosted();
    expect(await codeOf(client, "/Calculator/CubeRoot", Buffer.alloc(0))).to.equal(status.UNIMPLEMENTED);
    expect(await codeOf(client, "/Abacus/Add", Buffer.alloc(0))).to.equal(status.UNIMPLEMENTED);
    await stillServes();
  });

  it("answers RESOURCE_EXHAUSTED to 5 MiB, and goes on serving", async () => {
    const { client, stillServes } = await hosted();
    const large = Buffer.alloc(5 * 1024 * 1024);
    expect(await codeOf(client, "/Calculator/SquareRoot", large)).to.equal(status.RESOURCE_EXHAUSTED);
    await stillServes();
  });
});
