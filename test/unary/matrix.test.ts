import { Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, violationsOf } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { UnaryService } from "#gen/tutorials/unary.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { failure } from "../../src/host/index.js";
import { startingGateway } from "../../src/unary/cases/starting-gateway.js";
import { build } from "../../src/unary/server.js";
import { door, type HeldCall } from "./door.js";

/** The server of the demo with a door that holds requests, and a client. */
async function withDoor() {
  const { interceptor, arrived } = door();
  const hosting = build({ interceptors: [interceptor] });
  const { client } = await loopback(hosting);
  return { hosting, client, calculator: caller(CalculatorService, client), arrived };
}

async function only(arrived: (count: number) => Promise<readonly HeldCall[]>): Promise<HeldCall> {
  const [call] = await arrived(1);
  if (call === undefined) throw new Error("no call has come");
  return call;
}

describe("the unary server, over a real socket", () => {
  it("basic: answers one request with one response", async () => {
    const { client } = await loopback(build());
    expect(await caller(CalculatorService, client).squareRoot({ value: 16 })).to.deep.equal({ value: 4 });
  });

  it("metadata: takes request headers, sends headers before the answer and trailers with the status", async () => {
    const { client } = await loopback(build());
    const metadata = new Metadata();
    metadata.set("request-id", "matrix");
    const order: string[] = [];
    await caller(UnaryService, client)
      .getServerResponse(
        { message: "Hi" },
        {
          metadata,
          onHeaders: (headers) => order.push(`headers ${headers.get("request-id")}`),
          onStatus: ({ code, metadata: trailers }) =>
            order.push(`${status[code]} ${trailers.get("handler-us").length}`),
        },
      )
      .then(() => order.push("answer"));
    expect(order).to.deep.equal(["headers matrix", "OK 1", "answer"]);
  });

  it("server error: the caller rejects with the code, the text and the details that the handler threw", async () => {
    const { client } = await loopback(build());
    let headers = 0;
    const call = caller(CalculatorService, client).squareRoot({ value: -4 }, { onHeaders: () => (headers += 1) });
    const error = await failure(status.INVALID_ARGUMENT, call);
    expect(error.details).to.equal("value: must not be negative: its root would not be real");
    expect(violationsOf(error).map(({ field }) => field)).to.deep.equal(["value"]);
    expect(headers, "an error before any answer has trailers only").to.equal(0);
  });

  it("client cancel: the caller rejects with CANCELLED, and the server learns of it and sends no status", async () => {
    const { calculator, arrived } = await withDoor();
    const leave = new AbortController();
    const cancelled = failure(status.CANCELLED, calculator.squareRoot({ value: 16 }, { signal: leave.signal }));
    const call = await only(arrived);
    leave.abort();
    await cancelled;
    expect(await call.over).to.deep.equal([]);
  });

  it("client cancel: a signal that has aborted before makes no call", async () => {
    const { calculator, arrived } = await withDoor();
    await failure(status.CANCELLED, calculator.squareRoot({ value: 16 }, { signal: AbortSignal.abort() }));
    const next = calculator.squareRoot({ value: 9 });
    (await only(arrived)).letIn();
    expect(await next).to.deep.equal({ value: 3 });
  });

  it("deadline: the caller rejects with DEADLINE_EXCEEDED while the server still has the call", async () => {
    const { calculator, arrived } = await withDoor();
    const clock = stopClock();
    const late = failure(status.DEADLINE_EXCEEDED, calculator.squareRoot({ value: 16 }, { timeoutMs: 1_000 }));
    const call = await only(arrived);
    clock.pass(1_000);
    await late;
    // The server keeps the time too, and ends the call past its interceptors (fact 23).
    expect(await call.over).to.deep.equal([]);
  });

  it("cancel and deadline reach the server behind a gateway", async () => {
    const { calculator, arrived } = await withDoor();
    const { client } = await loopback(startingGateway(calculator, 0));
    const behindGateway = caller(CalculatorService, client);

    const leave = new AbortController();
    const cancelled = failure(status.CANCELLED, behindGateway.squareRoot({ value: 1 }, { signal: leave.signal }));
    const first = await only(arrived);
    leave.abort();
    await cancelled;
    expect(await first.over).to.deep.equal([]);

    const clock = stopClock();
    const late = failure(
      status.DEADLINE_EXCEEDED,
      behindGateway.divide({ value1: 1, value2: 1 }, { timeoutMs: 1_000 }),
    );
    const [, second] = await arrived(2);
    clock.pass(1_000);
    await late;
    expect(await second?.over).to.deep.equal([]);
  });

  it("aborted iteration: to unsubscribe from a call cancels it at the server", async () => {
    const { calculator, arrived } = await withDoor();
    const seen: unknown[] = [];
    const subscription = calculator.squareRoot
      .observe({ value: 16 })
      .subscribe({ next: (message) => seen.push(message), error: (error) => seen.push(error) });
    const call = await only(arrived);
    subscription.unsubscribe();
    expect(await call.over).to.deep.equal([]);
    expect(seen).to.deep.equal([]);
  });

  it("high rate: 10,000 calls, 500 at a time, each get their own answer, in the order of the calls", async () => {
    const { client } = await loopback(build());
    const calculator = caller(CalculatorService, client);
    const numbers = Array.from({ length: 10_000 }, (_, n) => n);
    const answers: number[] = [];
    for (let first = 0; first < numbers.length; first += 500) {
      const wave = numbers.slice(first, first + 500).map(async (n) => {
        const { value } = await calculator.divide({ value1: n, value2: 1 });
        answers.push(value);
      });
      await Promise.all(wave);
    }
    expect(answers).to.deep.equal(numbers);
  });

  it("back-to-back: 200 calls one after the other use one connection", async () => {
    const { calculator, arrived } = await withDoor();
    for (let n = 1; n <= 200; n += 1) {
      const answer = calculator.divide({ value1: n, value2: 1 });
      const call = (await arrived(n))[n - 1];
      call?.letIn();
      expect((await answer).value).to.equal(n);
    }
    expect(new Set((await arrived(200)).map(({ peer }) => peer)).size).to.equal(1);
  });

  it("interleaved: a call that is answered late holds back no other one of its connection", async () => {
    const { calculator, arrived } = await withDoor();
    const order: number[] = [];
    const answers = [1, 2, 3].map((n) =>
      calculator.divide({ value1: n, value2: 1 }).then(({ value }) => order.push(value)),
    );
    const calls = await arrived(3);
    expect(new Set(calls.map(({ peer }) => peer)).size).to.equal(1);
    for (const index of [2, 0, 1]) {
      calls[index]?.letIn();
      await answers[index];
    }
    expect(order).to.deep.equal([3, 1, 2]);
  });

  it("graceful shutdown: an open call gets its answer, a new one UNAVAILABLE", async () => {
    const { hosting, calculator, arrived } = await withDoor();
    const open = calculator.squareRoot({ value: 16 });
    const call = await only(arrived);
    const drained = hosting.drain(60_000);
    await failure(status.UNAVAILABLE, calculator.squareRoot({ value: 25 }));
    call.letIn();
    expect(await open).to.deep.equal({ value: 4 });
    expect(await drained).to.equal(0);
    expect(await arrived(1)).to.have.length(1);
  });

  it("forced shutdown: a call that is still open when the grace is over ends UNAVAILABLE", async () => {
    const { hosting, calculator, arrived } = await withDoor();
    const open = calculator.squareRoot({ value: 16 });
    const call = await only(arrived);
    const [error, left] = await Promise.all([failure(status.UNAVAILABLE, open), hosting.force()]);
    expect(error).to.be.instanceOf(CallError);
    expect(error.details).to.equal("the server is shutting down");
    expect(left).to.equal(1);
    expect(await call.over).to.deep.equal([status.UNAVAILABLE]);
  });
});
