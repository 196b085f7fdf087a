import { once } from "node:events";
import { connect as tcpConnect } from "node:net";
import { networkInterfaces } from "node:os";
import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller, implement } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { afterTheTest, connectTo, gate } from "../../../bridge/test/harness/loopback.js";
import { formatAddress } from "../../../src/host/address.js";
import { Connections } from "../../../src/host/server/connections.js";

/** A server that echoes on connections of ours, and the peer of each of its calls. */
async function echoing(listensAt: string, host = listensAt) {
  const peers: string[] = [];
  const server = new Server();
  implement(BidirectionalService, {
    getServerResponse(requests, { peer }) {
      peers.push(peer);
      return requests;
    },
  }).addTo(server);
  const connections = new Connections(server);
  const port = await connections.listen([listensAt], 0);
  afterTheTest(() => {
    void connections.close();
    connections.destroy();
  });
  return { connections, peers, port, address: formatAddress({ host, port }) };
}

/** A conversation on a connection of its own. */
function conversation(address: string) {
  const asked: string[] = [];
  let next = gate();
  async function* requests() {
    for (;;) {
      for (const message of asked.splice(0)) yield { message };
      next = gate();
      if (asked.length === 0) await next.opened;
    }
  }
  const responses = caller(BidirectionalService, connectTo(address))
    .getServerResponse(requests())
    [Symbol.asyncIterator]();
  return {
    async say(message: string): Promise<string | undefined> {
      asked.push(message);
      next.open();
      return (await responses.next()).value?.message;
    },
    failure: () =>
      responses.next().then(
        () => undefined,
        (error: CallError) => error.code,
      ),
  };
}

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
/** Where a server listens, and the address that a client calls. At `::` the name of an IPv4 peer is an IPv6 one. */
const ways = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["::", "127.0.0.1"],
] as const;

describe("the connections of a server", () => {
  for (const [listensAt, host] of hasIPv6 ? ways : ways.slice(0, 1)) {
    it(`at ${listensAt}, from ${host}, are cut one at a time by the names of their peers; the others stay`, async () => {
      const { connections, peers, address } = await echoing(listensAt, host);
      const [first, second] = [conversation(address), conversation(address)];
      expect(await first.say("one")).to.equal("one");
      expect(await second.say("two")).to.equal("two");
      expect(connections.size).to.equal(2);

      const failure = first.failure();
      expect(connections.cut(peers[0] ?? "")).to.equal(true);
      expect(await failure).to.be.oneOf([status.UNAVAILABLE, status.CANCELLED]);
      expect(await second.say("still here")).to.equal("still here");
      expect(connections.size).to.equal(1);
    });
  }

  it("are not cut by an unknown name", async () => {
    const { connections, peers, address } = await echoing("127.0.0.1");
    const only = conversation(address);
    await only.say("one");
    for (const peer of ["unknown", "undefined:undefined", "127.0.0.1", `${peers[0]}0`, ""]) {
      expect(connections.cut(peer), peer).to.equal(false);
    }
    expect(await only.say("two")).to.equal("two");
  });

  it("are forgotten when their peers leave, and can be cut while they leave", async () => {
    const { connections, port } = await echoing("127.0.0.1");
    const socket = tcpConnect(port, "127.0.0.1");
    afterTheTest(() => socket.destroy());
    // A server opens HTTP/2 with its settings: now it knows the connection.
    await once(socket, "data");
    const peer = `127.0.0.1:${socket.localPort}`;
    socket.end();
    expect(connections.cut(peer)).to.equal(true);
    await once(socket, "close");
    await connections.close();
    expect(connections.size).to.equal(0);
    expect(connections.cut(peer)).to.equal(false);
  });

  it("carry what a client sends in the first packet", async () => {
    const { connections, port } = await echoing("127.0.0.1");
    const socket = tcpConnect(port, "127.0.0.1");
    afterTheTest(() => socket.destroy());
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    const ping = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0]);
    socket.write(Buffer.concat([Buffer.from(preface), emptySettings, ping, Buffer.from("together")]));
    let answer = Buffer.alloc(0);
    while (!answer.includes("together")) answer = Buffer.concat([answer, (await once(socket, "data"))[0]]);
    expect(connections.size).to.equal(1);
  });

  it("survive peers that reset them at once", async () => {
    const { connections, port, address } = await echoing("127.0.0.1");
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = tcpConnect(port, "127.0.0.1");
        socket.on("error", () => {});
        await once(socket, "connect");
        socket.resetAndDestroy();
        return once(socket, "close");
      }),
    );
    const only = conversation(address);
    expect(await only.say("one")).to.equal("one");
    while (connections.size > 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await only.say("two")).to.equal("two");
  });
});
