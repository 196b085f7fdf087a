import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, streamingChannelOptions } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { mostAhead, mostAheadOfServer } from "../../bridge/test/harness/buffers-on-the-way.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { echo } from "../../src/bidirectional/echo.js";
import { failure, host } from "../../src/host/index.js";
import { watchedCalls } from "./watched-calls.js";

async function echoOf() {
  const watched = watchedCalls();
  const server = host([echo], { interceptors: [watched.interceptor] });
  const { client } = await loopback(server, streamingChannelOptions);
  return { ...watched, ...caller(BidirectionalService, client) };
}

describe("The echo", () => {
  it("answers each message as it comes, before the next one is sent", async () => {
    const { getServerResponse } = await echoOf();
    let answered = gate();
    async function* messages() {
      for (const message of ["one", "two", "", "four"]) {
        answered = gate();
        yield { message };
        await answered.opened;
      }
    }
    const echoes: string[] = [];
    for await (const { message } of getServerResponse(messages())) {
      echoes.push(message);
      answered.open();
    }
    expect(echoes).to.deep.equal(["one", "two", "", "four"]);
  });

  it("gives 10,000 messages back in order, and ends OK", async () => {
    const { getServerResponse, over } = await echoOf();
    const messages = Array.from({ length: 10_000 }, (_, n) => ({ message: String(n) }));
    const echoes: { message: string }[] = [];
    for await (const echoed of getServerResponse(messages)) echoes.push(echoed);
    expect(echoes).to.deep.equal(messages);
    expect((await over(1))[0]?.statuses).to.deep.equal([status.OK]);
  });

  it("does not read a client that does not read, and loses nothing", async () => {
    const { getServerResponse } = await echoOf();
    const count = 400;
    const text = "t".repeat(10 * 1024);
    let sent = 0;
    function* messages() {
      for (; sent < count; sent += 1) yield { message: `${sent} ${text}` };
    }
    const echoes = getServerResponse(messages())[Symbol.asyncIterator]();
    await echoes.next();
    // 200 rounds of another call on the same connection: time enough for all that can be sent.
    for (let round = 0; round < 200; round += 1) {
      for await (const _ of getServerResponse([{ message: "round" }]));
    }
    // On the way out, and on the way back; the client's retry buffer takes less than one of these messages.
    expect(sent, "sent ahead of the reader").to.be.at.most(mostAhead(text.length) + 1 + mostAheadOfServer(text.length));
    let received = 1;
    for (let echoed = await echoes.next(); !echoed.done; echoed = await echoes.next()) {
      expect(echoed.value.message.startsWith(`${received} `)).to.equal(true);
      received += 1;
    }
    expect(received).to.equal(count);
  });

  it("stops when the client cancels, and sends no status", async () => {
    const { getServerResponse, over } = await echoOf();
    function* endless() {
      for (;;) yield { message: "again" };
    }
    for await (const _ of getServerResponse(endless())) break;
    expect((await over(1))[0]?.statuses).to.deep.equal([]);
  });

  it("goes on serving after a message that is too large: RESOURCE_EXHAUSTED", async () => {
    const { getServerResponse } = await echoOf();
    await failure(status.RESOURCE_EXHAUSTED, getServerResponse([{ message: "x".repeat(5 * 1024 * 1024) }]));
    const echoes: unknown[] = [];
    for await (const echoed of getServerResponse([{ message: "still here" }])) echoes.push(echoed);
    expect(echoes).to.deep.equal([{ message: "still here" }]);
  });
});
