import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, implement } from "quartet-bridge";
import { BidirectionalService, type Message } from "#gen/tutorials/bidirectional.js";
import type { Number as NumberMessage } from "#gen/tutorials/calculator.js";
import { stopClock } from "../../../bridge/test/harness/clock.js";
import {
  callIdKey,
  callIdOf,
  eventOf,
  happenedBefore,
  type MergedCall,
  messages,
  type Side,
  statusOf,
} from "../../../src/tap/index.js";
import { callSquareRoot, codeOf, gate, openCount, openEcho, openSum, readToEnd } from "../calls.js";
import { onlyCall } from "../scripted-call.js";
import { type PairOptions, type TappedPair, tappedPair } from "../tapped-pair.js";

const squareRoot = (call: ServerUnaryCall<NumberMessage, NumberMessage>, answer: sendUnaryData<NumberMessage>) =>
  answer(null, { value: Math.sqrt(call.request.value) });

const count = (call: ServerWritableStream<NumberMessage, NumberMessage>) => {
  for (let value = 1; value <= call.request.value; value += 1) call.write({ value });
  call.end();
};

const sum = (call: ServerReadableStream<NumberMessage, NumberMessage>, answer: sendUnaryData<NumberMessage>) => {
  let total = 0;
  call.on("data", ({ value }: NumberMessage) => {
    total += value;
  });
  call.on("end", () => answer(null, { value: total }));
};

const echo = (call: ServerDuplexStream<Message, Message>) => {
  call.on("data", (message: Message) => call.write(message));
  call.on("end", () => call.end());
};

const handlers = { squareRoot, count, sum, echo };

describe("the taps", () => {
  let pair: TappedPair;
  const start = async (options: Partial<PairOptions> = {}) => {
    pair = await tappedPair({ handlers, ...options });
    return pair.client;
  };
  afterEach(() => pair.close());

  /** The kinds of one side's events, in order. */
  const kinds = (call: MergedCall, side: Side) =>
    call.events.filter(({ event }) => event.side === side).map(({ event }) => event.kind);

  it("record a unary call on both sides", async () => {
    await callSquareRoot(await start(), 16);
    const call = onlyCall(await pair.merged());
    expect(kinds(call, "client")).to.deep.equal(["call", "request", "half-close", "headers", "response", "status"]);
    expect(kinds(call, "server")).to.deep.equal(["call", "request", "half-close", "headers", "response", "status"]);
    expect(messages(call, "request").map(({ label }) => label)).to.deep.equal(["value=16"]);
    expect(messages(call, "response").map(({ label }) => label)).to.deep.equal(["value=4"]);
    expect(statusOf(call)).to.deep.equal({ code: status.OK, details: "OK" });
    expect([call.path, call.requestStream, call.responseStream]).to.deep.equal([
      "/Calculator/SquareRoot",
      false,
      false,
    ]);
  });

  it("record a server stream, every message at both ends", async () => {
    await readToEnd(openCount(await start(), 3));
    const call = onlyCall(await pair.merged());
    const found = messages(call, "response");
    expect(found.map(({ label }) => label)).to.deep.equal(["value=1", "value=2", "value=3"]);
    for (const { sent, received } of found) {
      if (sent === undefined || received === undefined) throw new Error("one end is missing");
      expect(happenedBefore(sent, received)).to.equal(true);
      expect(happenedBefore(received, sent)).to.equal(false);
    }
    expect([call.requestStream, call.responseStream]).to.deep.equal([false, true]);
  });

  it("record a client stream and its half-close before the answer", async () => {
    const { call: writer, outcome } = openSum(await start());
    for (const value of [1, 2, 3]) writer.write({ value });
    writer.end();
    expect((await outcome).value).to.equal(6);
    const call = onlyCall(await pair.merged());
    expect(kinds(call, "server")).to.deep.equal([
      "call",
      "request",
      "request",
      "request",
      "half-close",
      "headers",
      "response",
      "status",
    ]);
    expect([call.requestStream, call.responseStream]).to.deep.equal([true, false]);
  });

  it("record an echo in lockstep: each answer before the next ball", async () => {
    const client = await start();
    const stream = openEcho(client);
    let received = 0;
    stream.on("data", () => {
      received += 1;
      if (received < 4) stream.write({ message: `ball ${received}` });
      else stream.end();
    });
    stream.write({ message: "ball 0" });
    await codeOf(stream);
    const call = onlyCall(await pair.merged());
    const balls = messages(call, "request");
    const answers = messages(call, "response");
    expect(balls).to.have.length(4);
    for (const [at, answer] of answers.slice(0, -1).entries()) {
      const next = balls[at + 1]?.sent;
      if (answer.sent === undefined || next === undefined) throw new Error("one end is missing");
      expect(happenedBefore(answer.sent, next)).to.equal(true);
    }
  });

  it("record a server's error with its trailers, binary ones by size and secrets hidden", async () => {
    const trailers = new Metadata();
    trailers.set("retry-hint", "never");
    trailers.set("session-token", "abc123");
    trailers.set("grpc-status-details-bin", Buffer.alloc(7));
    const refuse = (_call: unknown, answer: sendUnaryData<NumberMessage>) =>
      answer({ code: status.INVALID_ARGUMENT, details: "value must not be\nnegative", metadata: trailers });
    await callSquareRoot(await start({ handlers: { squareRoot: refuse } }), -1);
    const call = onlyCall(await pair.merged());
    for (const side of ["client", "server"] as const) {
      const event = eventOf(call, side, "status")?.event;
      expect(event?.code).to.equal(status.INVALID_ARGUMENT);
      expect(event?.details).to.equal("value must not be\\nnegative");
      expect(event?.metadata).to.deep.equal({
        "retry-hint": "never",
        "session-token": "(hidden)",
        "grpc-status-details-bin": "<7 bytes>",
      });
    }
    // A trailers-only response: no headers on either side, and no message made of the null that grpc-js hands up.
    expect(kinds(call, "client")).to.deep.equal(["call", "request", "half-close", "status"]);
    expect(kinds(call, "server")).to.deep.equal(["call", "request", "half-close", "status"]);
  });

  it("record a client's cancel, and that the server's call ended without a status", async () => {
    const cancelled = gate();
    const endless = (call: ServerWritableStream<NumberMessage, NumberMessage>) => {
      call.write({ value: 1 });
      call.on("cancelled", () => {
        // A late answer never leaves: it must not look like the end of the call.
        call.end();
        cancelled.open();
      });
    };
    const stream = openCount(await start({ handlers: { count: endless } }), 0);
    stream.once("data", () => {
      stream.cancel();
      stream.cancel();
    });
    await Promise.all([codeOf(stream), cancelled.opened]);
    const call = onlyCall(await pair.merged());
    expect(kinds(call, "client")).to.deep.equal([
      "call",
      "request",
      "half-close",
      "headers",
      "response",
      "cancel",
      "status",
    ]);
    expect(kinds(call, "server").at(-1)).to.equal("ended");
    expect(statusOf(call)?.code).to.equal(status.CANCELLED);
    const [cancel, ended] = [eventOf(call, "client", "cancel"), eventOf(call, "server", "ended")];
    expect(cancel && ended && happenedBefore(cancel, ended)).to.equal(true);
  });

  it("record a deadline at the client, which has the last word: the server's interceptors never see it", async () => {
    const [begun, over] = [gate(), gate()];
    const silent = (call: ServerUnaryCall<NumberMessage, NumberMessage>) => {
      call.on("cancelled", () => over.open());
      begun.open();
    };
    const client = await start({ handlers: { squareRoot: silent } });
    const clock = stopClock();
    const late = callSquareRoot(client, 16, new Metadata(), { deadline: Date.now() + 1_000 });
    await begun.opened;
    clock.pass(1_000);
    await Promise.all([late, over.opened]);
    const call = onlyCall(await pair.merged());
    expect(kinds(call, "server")).to.deep.equal(["call", "request", "half-close", "ended"]);
    expect(statusOf(call)?.code).to.equal(status.DEADLINE_EXCEEDED);
    expect(call.unsent).to.equal(false);
  });

  it("record an unknown method at the client alone", async () => {
    await callSquareRoot(await start({ handlers: { count } }), 16);
    const call = onlyCall(await pair.merged());
    expect([...call.sides]).to.deep.equal(["client"]);
    expect(statusOf(call)?.code).to.equal(status.UNIMPLEMENTED);
  });

  it("record of a call that was over before it had a connection that nothing left", async () => {
    const client = await start();
    await callSquareRoot(client, 16, new Metadata(), { deadline: 5_000 });
    // Now there is a connection, and whether a call that is late leaves on it is not for the client to know.
    await new Promise((resolve) => client.waitForReady(Number.POSITIVE_INFINITY, resolve));
    await callSquareRoot(client, 16);
    const [late, sent] = await pair.merged();
    expect([late?.unsent, statusOf(late as MergedCall)?.code]).to.deep.equal([true, status.DEADLINE_EXCEEDED]);
    expect([...(late?.sides ?? [])]).to.deep.equal(["client"]);
    expect(sent?.unsent).to.equal(false);
  });

  it("give two calls that share one Metadata two ids, and leave that Metadata alone", async () => {
    const client = await start();
    const shared = new Metadata();
    shared.set("greeting", "hello");
    await Promise.all([callSquareRoot(client, 4, shared), callSquareRoot(client, 9, shared)]);
    const calls = await pair.merged();
    expect(calls.map((call) => [...call.sides])).to.deep.equal([
      ["client", "server"],
      ["client", "server"],
    ]);
    expect(shared.getMap()).to.deep.equal({ greeting: "hello" });
    expect(eventOf(calls[0] as MergedCall, "server", "call")?.event.metadata).to.deep.equal({ greeting: "hello" });
  });

  it("record both attempts of a retried call in one", async () => {
    let attempts = 0;
    const second = (call: ServerUnaryCall<NumberMessage, NumberMessage>, answer: sendUnaryData<NumberMessage>) => {
      attempts += 1;
      if (attempts === 1) answer({ code: status.UNAVAILABLE, details: "not yet" });
      else squareRoot(call, answer);
    };
    const retryPolicy = {
      maxAttempts: 2,
      initialBackoff: "0.001s",
      maxBackoff: "0.001s",
      backoffMultiplier: 1,
      retryableStatusCodes: ["UNAVAILABLE"],
    };
    const channel = { "grpc.service_config": JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] }) };
    const outcome = await callSquareRoot(await start({ handlers: { squareRoot: second }, channel }), 16);
    expect(outcome.value).to.equal(4);
    const call = onlyCall(await pair.merged());
    const statuses = call.events
      .filter(({ event }) => event.kind === "status")
      .map(({ event }) => [event.side, event.attempt, event.code]);
    expect(statuses).to.deep.equal([
      ["server", undefined, status.UNAVAILABLE],
      ["server", 1, status.OK],
      ["client", undefined, status.OK],
    ]);
  });

  it("do not let a foreign client's call ids mix its calls, nor take one of a wrong shape", async () => {
    const client = await start({ tapped: { client: false } });
    const metadata = new Metadata();
    metadata.set(callIdKey, "again");
    await callSquareRoot(client, 4, metadata);
    await callSquareRoot(client, 9, metadata);
    metadata.set(callIdKey, "\u001b[2J".replace("\u001b", "%").repeat(40));
    await callSquareRoot(client, 16, metadata);
    const calls = await pair.merged();
    expect(calls).to.have.length(3);
    expect(calls.filter(({ callId }) => callId === "again")).to.have.length(1);
    expect(calls.every(({ callId }) => /^[\w-]{1,64}$/.test(callId))).to.equal(true);
  });

  it("let a handler put a note on its own lifeline", async () => {
    const noting = (call: ServerWritableStream<NumberMessage, NumberMessage>) => {
      for (const value of [1, 2]) {
        pair.recordings.server.note("server", callIdOf(call.metadata) ?? "", `reading ${value}`);
        call.write({ value });
      }
      call.end();
    };
    await readToEnd(openCount(await start({ handlers: { count: noting } }), 2));
    const call = onlyCall(await pair.merged());
    expect(call.events.filter(({ event }) => event.kind === "note").map(({ event }) => event.label)).to.deep.equal([
      "reading 1",
      "reading 2",
    ]);
  });

  it("measure what each side sends if asked to, and nothing otherwise", async () => {
    await callSquareRoot(await start({ tap: { bytes: true } }), 16);
    const call = onlyCall(await pair.merged());
    expect(
      messages(call, "request").map(({ sent, received }) => [sent?.event.bytes, received?.event.bytes]),
    ).to.deep.equal([[5, undefined]]);
    expect(
      messages(call, "response").map(({ sent, received }) => [sent?.event.bytes, received?.event.bytes]),
    ).to.deep.equal([[5, undefined]]);
  });

  it("show and measure plain messages where a bridged call sends each with its bytes", async () => {
    const service = implement(BidirectionalService, { getServerResponse: (requests) => requests });
    const client = await start({ service, tap: { bytes: true } });
    const balls = [{ message: "ping" }, { message: "pong, and on" }];
    const returned: Message[] = [];
    for await (const ball of caller(BidirectionalService, client).getServerResponse(balls)) returned.push(ball);
    expect(returned).to.deep.equal(balls);
    const call = onlyCall(await pair.merged());
    for (const direction of ["request", "response"] as const) {
      const found = messages(call, direction).map(({ sent, received }) => [
        sent?.event.label,
        sent?.event.bytes,
        received?.event.label,
      ]);
      expect(found, direction).to.deep.equal([
        ['message="ping"', 6, 'message="ping"'],
        ['message="pong, and on"', 14, 'message="pong, and on"'],
      ]);
    }
  });

  it("survive a label that throws", async () => {
    const label = () => {
      throw new Error("no label for you");
    };
    expect((await callSquareRoot(await start({ tap: { label } }), 16)).value).to.equal(4);
    expect(messages(onlyCall(await pair.merged()), "response").map((message) => message.label)).to.deep.equal([
      "(no label)",
    ]);
  });

  it("stand aside once the recording holds as many calls as it may", async () => {
    const client = await start({ recording: { calls: 1 } });
    expect((await callSquareRoot(client, 4)).value).to.equal(2);
    expect((await callSquareRoot(client, 9)).value).to.equal(3);
    expect(await pair.merged()).to.have.length(1);
    expect([pair.recordings.client.skipped, pair.recordings.server.skipped]).to.deep.equal([1, 1]);
  });

  it("keep order and end through 5,000 messages both ways", async () => {
    const stream = openEcho(await start());
    const seen: string[] = [];
    stream.on("data", ({ message }: Message) => seen.push(message));
    for (let index = 0; index < 5_000; index += 1) stream.write({ message: `${index}` });
    stream.end();
    await codeOf(stream);
    expect(seen).to.deep.equal(Array.from({ length: 5_000 }, (_, index) => `${index}`));
    const call = onlyCall(await pair.merged());
    expect(
      messages(call, "response").every(({ sent, received }) => sent !== undefined && received !== undefined),
    ).to.equal(true);
  });
});
