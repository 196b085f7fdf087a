import { Metadata, ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, streamingChannelOptions } from "quartet-bridge";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { build } from "../../src/bidirectional/server.js";
import { failure } from "../../src/host/index.js";
import { watchedCalls } from "./watched-calls.js";

async function bidirectionalServer(...more: ServerInterceptor[]) {
  const watched = watchedCalls();
  const hosting = build({ interceptors: [watched.interceptor, ...more] });
  const { client } = await loopback(hosting, streamingChannelOptions);
  const { getServerResponse } = caller(BidirectionalService, client);
  const { pingPong, collectThenReply } = caller(DialogueService, client);
  return { hosting, ...watched, echo: getServerResponse, pingPong, collectThenReply };
}

const messages = (...texts: string[]) => texts.map((message) => ({ message }));

/** Requests that a test sends one by one, and ends. */
function outbox() {
  const sending: { message: string }[] = [];
  let more = gate();
  let ended = false;
  let finalised = false;
  async function* requests() {
    try {
      while (!ended || sending.length > 0) {
        const next = sending.shift();
        if (next) {
          yield next;
        } else {
          more = gate();
          await more.opened;
        }
      }
    } finally {
      finalised = true;
    }
  }
  return {
    requests: requests(),
    send(message: string) {
      sending.push({ message });
      more.open();
    },
    end() {
      ended = true;
      more.open();
    },
    finalised: () => finalised,
  };
}

describe("the bidirectional server, over a real socket", () => {
  it("basic: answers a stream with a stream", async () => {
    const { echo } = await bidirectionalServer();
    const echoes: string[] = [];
    for await (const { message } of echo(messages("a", "b", "c"))) echoes.push(message);
    expect(echoes).to.deep.equal(["a", "b", "c"]);
  });

  it("metadata: the call takes request headers, and headers and trailers come back around the messages", async () => {
    const { echo } = await bidirectionalServer(returnsRequestId);
    const order: string[] = [];
    const metadata = new Metadata();
    metadata.set("request-id", "matrix");
    const options = {
      metadata,
      onHeaders: (headers: Metadata) => order.push(`headers ${headers.get("request-id")}`),
      onStatus: (ended: { code: number; metadata: Metadata }) =>
        order.push(`${status[ended.code]} ${ended.metadata.get("request-id")}`),
    };
    for await (const { message } of echo(messages("a"), options)) order.push(message);
    // The status may be known before the last message is read, and is: what is read here is pulled.
    expect(order).to.include.members(["headers matrix", "a", "OK matrix"]);
    expect(order[0]).to.equal("headers matrix");
  });

  it("server error: the caller rejects with the status, after the answers that came before it", async () => {
    const { pingPong, over } = await bidirectionalServer();
    const answers: number[] = [];
    let error: unknown;
    try {
      for await (const { stroke } of pingPong([{ stroke: 1 }, { stroke: 4_294_967_295 }])) answers.push(stroke);
    } catch (reason) {
      error = reason;
    }
    expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.OUT_OF_RANGE });
    expect(answers).to.deep.equal([2]);
    expect((await over(1))[0]?.statuses).to.deep.equal([status.OUT_OF_RANGE]);
  });

  it("client cancel: the caller rejects with CANCELLED, the requests are finalised, the server sends no status", async () => {
    const { echo, over } = await bidirectionalServer();
    const leave = new AbortController();
    const { requests, send, end, finalised } = outbox();
    send("a");
    const echoes = echo(requests, { signal: leave.signal })[Symbol.asyncIterator]();
    await echoes.next();
    leave.abort();
    await failure(status.CANCELLED, { [Symbol.asyncIterator]: () => echoes });
    expect((await over(1))[0]?.statuses).to.deep.equal([]);
    // A generator inside an `await` is finalised when that settles (fact 25).
    end();
    await requests.next();
    expect(finalised()).to.equal(true);
  });

  it("deadline: the caller rejects with DEADLINE_EXCEEDED while both sides are silent, and the server has its end", async () => {
    const { echo, over } = await bidirectionalServer();
    const { requests, send } = outbox();
    send("a");
    const clock = stopClock();
    const echoes = echo(requests, { timeoutMs: 1_000 })[Symbol.asyncIterator]();
    await echoes.next();
    clock.pass(1_000);
    await failure(status.DEADLINE_EXCEEDED, { [Symbol.asyncIterator]: () => echoes });
    // grpc-js ends a call whose deadline has passed past its interceptors (fact 23).
    expect((await over(1))[0]?.statuses).to.deep.equal([]);
  });

  it("high rate: 10,000 strokes in lockstep keep their order, and so do 10,000 messages at full speed", async () => {
    const { echo, pingPong } = await bidirectionalServer();
    const numbers = Array.from({ length: 10_000 }, (_, n) => n);
    const strokes: number[] = [];
    for await (const { stroke } of pingPong(numbers.map((stroke) => ({ stroke })))) strokes.push(stroke - 1);
    expect(strokes).to.deep.equal(numbers);
    const echoes: number[] = [];
    for await (const { message } of echo(messages(...numbers.map(String)))) echoes.push(Number(message));
    expect(echoes).to.deep.equal(numbers);
  });

  it("aborted iteration: to leave the loop cancels the call at the server and returns the requests' generator", async () => {
    const { echo, over } = await bidirectionalServer();
    const returned = gate();
    function* endless() {
      try {
        for (;;) yield { message: "again" };
      } finally {
        returned.open();
      }
    }
    for await (const _ of echo(endless())) break;
    await returned.opened;
    expect((await over(1))[0]?.statuses).to.deep.equal([]);
  });

  it("aborted iteration: to unsubscribe cancels the call at the server", async () => {
    const { echo, over } = await bidirectionalServer();
    const seen: unknown[] = [];
    const first = gate();
    const { requests, send, end } = outbox();
    send("a");
    const subscription = echo.observe(requests).subscribe({
      next: ({ message }) => {
        seen.push(message);
        first.open();
      },
      error: (error: unknown) => seen.push(error),
      complete: () => seen.push("complete"),
    });
    await first.opened;
    subscription.unsubscribe();
    expect((await over(1))[0]?.statuses).to.deep.equal([]);
    expect(seen).to.deep.equal(["a"]);
    end();
  });

  it("early response: the server ends while the client is still sending, and that stops the sender", async () => {
    const { collectThenReply, over } = await bidirectionalServer();
    const returned = gate();
    function* endless() {
      try {
        for (;;) yield { text: "more" };
      } finally {
        returned.open();
      }
    }
    await failure(status.RESOURCE_EXHAUSTED, collectThenReply(endless()));
    await returned.opened;
    expect((await over(1))[0]?.statuses).to.deep.equal([status.RESOURCE_EXHAUSTED]);
  });

  it("request source fails: the caller rejects with that very error, and the server sends no status", async () => {
    const { collectThenReply, received, over } = await bidirectionalServer();
    const broken = new RangeError("the file ended in the middle");
    async function* lines() {
      yield { text: "first" };
      await received(1);
      throw broken;
    }
    let seen: unknown;
    try {
      for await (const _ of collectThenReply(lines()));
    } catch (error) {
      seen = error;
    }
    expect(seen).to.equal(broken);
    expect((await over(1))[0]?.statuses).to.deep.equal([]);
  });

  it("graceful shutdown: a call that is under way goes on to its end", async () => {
    const { hosting, echo } = await bidirectionalServer();
    const { requests, send, end } = outbox();
    const echoes = echo(requests)[Symbol.asyncIterator]();
    send("before");
    expect((await echoes.next()).value).to.deep.equal({ message: "before" });
    const drained = hosting.drain(5_000);
    send("while draining");
    expect((await echoes.next()).value).to.deep.equal({ message: "while draining" });
    end();
    expect((await echoes.next()).done).to.equal(true);
    expect(await drained).to.equal(0);
  });

  it("forced shutdown: a call that does not end gets UNAVAILABLE when the grace is over", async () => {
    const { hosting, echo } = await bidirectionalServer();
    const { requests, send, end } = outbox();
    const echoes = echo(requests)[Symbol.asyncIterator]();
    send("a");
    await echoes.next();
    const ended = failure(status.UNAVAILABLE, { [Symbol.asyncIterator]: () => echoes });
    expect(await hosting.drain(0)).to.equal(1);
    await ended;
    end();
  });

  it("back-to-back: 500 calls one after the other use one connection", async () => {
    const { pingPong, over } = await bidirectionalServer();
    for (let n = 1; n <= 500; n += 1) {
      for await (const { stroke } of pingPong([{ stroke: n }])) expect(stroke).to.equal(n + 1);
    }
    const calls = await over(500);
    expect(new Set(calls.map(({ peer }) => peer)).size).to.equal(1);
    expect(calls.every(({ statuses }) => statuses.join() === String(status.OK))).to.equal(true);
  });

  it("interleaved: a call that is silent holds back no other one of its connection", async () => {
    const { echo, over } = await bidirectionalServer();
    const boxes = [outbox(), outbox(), outbox()];
    const echoes = boxes.map(({ requests }) => echo(requests)[Symbol.asyncIterator]());
    const order: string[] = [];
    for (const index of [2, 0, 1, 0, 2, 1]) {
      boxes[index]?.send(`to ${index}`);
      order.push((await echoes[index]?.next())?.value?.message ?? "");
    }
    expect(order).to.deep.equal(["to 2", "to 0", "to 1", "to 0", "to 2", "to 1"]);
    for (const { end } of boxes) end();
    for (const iterator of echoes) expect((await iterator.next()).done).to.equal(true);
    expect(new Set((await over(3)).map(({ peer }) => peer)).size).to.equal(1);
  });
});

/** Sends the request's `request-id` back, as a header and as a trailer. */
const returnsRequestId: ServerInterceptor = (_method, call) => {
  let id = "";
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, pass) => {
          id = String(metadata.get("request-id")[0] ?? "");
          pass(metadata);
        },
      }),
    sendMetadata: (metadata, pass) => {
      metadata.set("request-id", id);
      pass(metadata);
    },
    sendStatus: (outcome, pass) => {
      const metadata = outcome.metadata ?? new Metadata();
      metadata.set("request-id", id);
      pass({ ...outcome, metadata });
    },
  });
};
