import { once } from "node:events";
import { Server, type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  type CallContext,
  type CallHooks,
  caller,
  implement,
  StatusError,
  streamingServerOptions,
} from "quartet-bridge";
import { stopClock } from "../../harness/clock.js";
import { answering, begin, callOf, echo, stuck, types } from "../../harness/each-type.js";
import { gate, loopback } from "../../harness/loopback.js";
import { collect, failureOf, ProbeService } from "../../harness/probe.js";
import { expectUnexpected } from "../../harness/unexpected-errors.js";
import { framed, rawCallOn, rawConnection } from "../../harness/wire/raw-call.js";
import { recorder, serve } from "./serving.js";

describe("the status that a server's middleware sees", () => {
  for (const type of types) {
    it(`${type}: is the one that the handler throws, and UNKNOWN for an error that is not for the wire`, async () => {
      const thrown: unknown[] = [new StatusError(status.NOT_FOUND, "no such probe"), new Error("a secret")];
      expectUnexpected("a secret");
      const { record, all } = recorder(2);
      const fail = () => {
        throw thrown.shift();
      };
      const { calls } = await serve([record], answering(fail));
      await failureOf(callOf[type](calls));
      await failureOf(callOf[type](calls));
      const [first, second] = await all;
      expect(first).to.match(/ NOT_FOUND no such probe$/);
      expect(second).to.match(/ UNKNOWN /);
      expect(second).to.not.include("secret");
    });

    it(`${type}: is CANCELLED once if the client leaves`, async () => {
      const begun = gate();
      const { record, seen, all } = recorder();
      const { calls, server } = await serve([record, () => begun.open()], stuck);
      const { cancel } = begin[type](calls);
      await begun.opened;
      cancel();
      expect((await all)[0]).to.match(/ CANCELLED /);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      expect(seen).to.have.length(1);
    });

    it(`${type}: is DEADLINE_EXCEEDED if the deadline passes first`, async () => {
      const begun = gate();
      const { record, all } = recorder();
      const { address } = await serve([record, () => begun.open()], stuck);
      const clock = stopClock();
      // Not grpc-js's client, because its timer cancels the call first.
      const call = rawCallOn(rawConnection(address), ProbeService[type].path, { "grpc-timeout": "1S" });
      const request = framed(Buffer.from('{"n":1}'));
      if (ProbeService[type].requestStream) call.write(request);
      else call.end(request);
      await begun.opened;
      clock.pass(1000);
      expect((await all)[0]).to.match(/ DEADLINE_EXCEEDED /);
    });
  }

  it("has the trailers", async () => {
    const ended = gate<StatusObject>();
    const { calls } = await serve([(_call, { onStatus }) => onStatus(ended.open)], {
      ...echo,
      unary(request, call) {
        call.trailer({ "x-cost": "7" });
        return request;
      },
    });
    await calls.unary({ n: 1 });
    expect((await ended.opened).metadata.get("x-cost")).to.deep.equal(["7"]);
  });

  it("is CANCELLED if the handler succeeded, but the reader leaves before the status is sent", async () => {
    const { record, all } = recorder();
    const ended = gate();
    const { calls } = await serve([record], {
      ...echo,
      async *serverStreaming() {
        // More than the buffers on the way take. The server's stream holds the rest.
        yield* Array.from({ length: 31 }, (_, n) => ({ n, load: "x".repeat(15 * 1024) }));
        ended.open();
      },
    });
    const { cancel } = calls.serverStreaming.start({ n: 1 });
    await ended.opened;
    cancel();
    expect((await all)[0]).to.match(/ CANCELLED /);
  });

  it("is DEADLINE_EXCEEDED if the handler succeeded, but the deadline passes before the status is sent", async () => {
    const ended = gate<string[]>();
    const seen: string[] = [];
    const see = (_call: CallContext, { onStatus }: CallHooks) =>
      onStatus(({ code }) => {
        seen.push(status[code]);
        if (seen.length === 2) ended.open(seen);
      });
    const load = "x".repeat(1024 * 1024);
    const { address } = await serve([see], {
      ...echo,
      unary: ({ n }) => (n === 1 ? { n, load } : new Promise<never>(() => {})),
    });
    const connection = rawConnection(address);
    const [unread, later] = [1, 2].map((n) => {
      const call = rawCallOn(connection, ProbeService.unary.path, { "grpc-timeout": "20m" });
      call.end(framed(Buffer.from(`{"n":${n}}`)));
      return call;
    });
    // The deadline of the later call has passed, so the deadline of the earlier one has too.
    await once(later ?? connection, "response");
    unread?.close();
    expect(await ended.opened).to.deep.equal(["DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"]);
  });

  for (const type of types) {
    it(`${type}: is never OK if grpc-js refuses to send the response`, async () => {
      const { record, all } = recorder();
      const large = { n: 1, load: "x".repeat(1000) };
      const service = implement(ProbeService, [record], {
        unary: () => large,
        serverStreaming: () => [large],
        clientStreaming: async () => large,
        bidirectional: () => [large],
      });
      const options = { "grpc.max_send_message_length": 100 };
      const { client } = await loopback(service.addTo(new Server(streamingServerOptions(options))));
      const error = await failureOf(callOf[type](caller(ProbeService, client)));
      expect(error).to.have.property("code", status.RESOURCE_EXHAUSTED);
      expect((await all)[0]).to.match(/ CANCELLED /);
    });
  }

  for (const type of ["unary", "clientStreaming"] as const) {
    it(`${type}: is CANCELLED if the client leaves before the response is written`, async () => {
      const { record, all } = recorder();
      const load = "x".repeat(8 * 1024 * 1024);
      const { address } = await serve([record], {
        ...echo,
        unary: ({ n }) => ({ n, load }),
        async clientStreaming(requests) {
          await collect(requests);
          return { n: 1, load };
        },
      });
      const call = rawCallOn(rawConnection(address), ProbeService[type].path);
      call.end(framed(Buffer.from('{"n":1}')));
      // It is on the way, and nothing reads it.
      await once(call, "response");
      call.close();
      expect((await all)[0]).to.match(/ CANCELLED /);
    });
  }

  it("goes to each listener, and the error of a listener goes to the log", async () => {
    expectUnexpected("the log is full");
    const { record, all } = recorder();
    const fail = (_call: CallContext, { onStatus }: CallHooks) => onStatus(() => expect.fail("the log is full"));
    const { calls } = await serve([record, fail]);
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
    expect(await all).to.deep.equal(["Unary false OK"]);
  });
});
