import { type Client, Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, implement, StatusError } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { stopClock } from "../../../bridge/test/harness/clock.js";
import { gate } from "../../../bridge/test/harness/loopback.js";
import { failureOf } from "../../../bridge/test/harness/probe.js";
import { twoMethods } from "../../../bridge/test/harness/two-methods.js";
import { expectUnexpected } from "../../../bridge/test/harness/unexpected-errors.js";
import { rawCallOn, rawConnection } from "../../../bridge/test/harness/wire/raw-call.js";
import { host } from "../../../src/host/index.js";
import { listening } from "../listening.js";
import { callLines } from "./call-lines.js";

describe("the call log", () => {
  /** A calculator that fails in several ways, and an echo. */
  async function logged() {
    const { log, lines, next } = callLines();
    const begun = gate();
    const calculator = implement(twoMethods, {
      async squareRoot({ value }, call) {
        if (value === -1) throw new StatusError(status.INVALID_ARGUMENT, "no root");
        if (value === -2) throw new Error("a secret");
        if (value === -3) return { value: "three" as unknown as number };
        if (value === -4) {
          begun.open();
          await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
        }
        return { value: Math.sqrt(value) };
      },
      divide: () => ({ value: 0 }),
    });
    const echo = implement(BidirectionalService, { getServerResponse: (requests) => requests });
    const hosting = host([calculator, echo], { log });
    const { client, address } = await listening(hosting);
    const roots = caller(CalculatorService, client);
    return { client, address, lines, next, begun: begun.opened, hosting, roots };
  }

  /** Makes one more call. Its line must be the next one: the call before has written only one. */
  async function expectNoMore({ next, client }: { next(): Promise<{ path: string }>; client: Client }) {
    await caller(CalculatorService, client).divide({ value1: 1, value2: 1 });
    expect((await next()).path).to.equal("/Calculator/Divide");
  }

  it("has one line for a call that went well", async () => {
    const server = await logged();
    await server.roots.squareRoot({ value: 16 });
    const { path, code, peer, durationMs, messagesIn, messagesOut, inferred, details } = await server.next();
    expect({ path, code, messagesIn, messagesOut, inferred, details }).to.deep.equal({
      path: "/Calculator/SquareRoot",
      code: "OK",
      messagesIn: 1,
      messagesOut: 1,
      inferred: undefined,
      details: undefined,
    });
    expect(peer).to.match(/^127\.0\.0\.1:\d+$/);
    expect(durationMs).to.be.at.least(0);
    await expectNoMore(server);
  });

  it("counts the messages of a stream, both ways", async () => {
    const server = await logged();
    const messages = ["a", "b", "c"].map((message) => ({ message }));
    const echoed: unknown[] = [];
    for await (const each of caller(BidirectionalService, server.client).getServerResponse(messages)) echoed.push(each);
    expect(echoed).to.deep.equal(messages);
    expect(await server.next()).to.include({ code: "OK", messagesIn: 3, messagesOut: 3 });
    await expectNoMore(server);
  });

  for (const [what, value, line, unexpected] of [
    ["a status of the handler, and its details", -1, { level: 30, code: "INVALID_ARGUMENT", details: "no root" }, ""],
    ["an error that is the server's fault, as a warning", -2, { level: 40, code: "UNKNOWN" }, "a secret"],
    ["an answer that cannot be serialized", -3, { level: 40, code: "INTERNAL", messagesIn: 1 }, "invalid float32"],
  ] as const) {
    it(`has ${what}`, async () => {
      if (unexpected) expectUnexpected(unexpected);
      const server = await logged();
      const error = await failureOf(server.roots.squareRoot({ value }));
      expect(error).to.have.property("code", status[line.code]);
      const written = await server.next();
      expect(written).to.include({ ...line, messagesOut: 0 });
      expect(written.inferred).to.equal(undefined);
      await expectNoMore(server);
    });
  }

  it("infers CANCELLED for a call that the client has cancelled", async () => {
    const server = await logged();
    const cancel = new AbortController();
    const call = server.roots.squareRoot({ value: -4 }, { signal: cancel.signal }).catch(() => {});
    await server.begun;
    cancel.abort();
    await call;
    expect(await server.next()).to.include({ code: "CANCELLED", inferred: true, messagesIn: 1, messagesOut: 0 });
    await expectNoMore(server);
  });

  it("infers DEADLINE_EXCEEDED for a call whose deadline has passed at the server", async () => {
    const server = await logged();
    // A raw call: the timer of grpc-js's client would cancel the call before the server's timer.
    const clock = stopClock();
    const stream = rawCallOn(rawConnection(server.address), "/Calculator/SquareRoot", { "grpc-timeout": "1S" });
    // -4 as a float in field 1, in a frame of 5 bytes: the handler that waits for its signal.
    stream.end(Buffer.from([0, 0, 0, 0, 5, 0x0d, 0x00, 0x00, 0x80, 0xc0]));
    await server.begun;
    clock.pass(1_000);
    const trailers = await new Promise<Record<string, unknown>>((resolve) => stream.on("response", resolve));
    expect(trailers["grpc-status"]).to.equal(String(status.DEADLINE_EXCEEDED));
    expect(await server.next()).to.include({ code: "DEADLINE_EXCEEDED", inferred: true, messagesIn: 1 });
    await expectNoMore(server);
  });

  it("has one line, with an inferred code, for a message that is too large or malformed; the server continues", async () => {
    const server = await logged();
    const send = (bytes: Buffer) =>
      new Promise<number>((resolve) => {
        server.client.makeUnaryRequest(
          "/Calculator/SquareRoot",
          (request: Buffer) => request,
          (response: Buffer) => response,
          bytes,
          new Metadata(),
          (error) => resolve(error?.code ?? status.OK),
        );
      });
    expect(await send(Buffer.alloc(5 * 1024 * 1024))).to.equal(status.RESOURCE_EXHAUSTED);
    expect(await server.next()).to.include({ inferred: true, messagesIn: 0 });
    await expectNoMore(server);

    expect(await send(Buffer.from([0xff]))).to.equal(status.INTERNAL);
    expect(await server.next()).to.include({ inferred: true, messagesIn: 0 });
    await expectNoMore(server);
  });
});
