import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  buffered,
  CallError,
  type CallHooks,
  type ClientContext,
  coalesce,
  Encoded,
  StatusError,
} from "quartet-bridge";
import { from } from "rxjs";
import { callOf, echo, formsOf, types } from "../../harness/each-type.js";
import { collect, failureOf, type Probe, throwing } from "../../harness/probe.js";
import { addTen } from "../../middleware/add-ten.js";
import { recorder, serve } from "./serving.js";

describe("a client's middleware that maps messages", () => {
  it("maps requests from all kinds of sources, also those that have their bytes", async () => {
    const encoded = new Encoded<Probe>({ n: 5 }, Buffer.from('{"n":5}'));
    const { calls } = await serve();
    const { bidirectional, clientStreaming } = calls(addTen);
    const latest = coalesce<Probe>((_older, newer) => newer);
    for (const source of [
      [encoded, { n: 5 }],
      from([encoded, { n: 5 }]),
      buffered(from([encoded, { n: 5 }]), latest),
    ]) {
      expect(await collect(bidirectional(source))).to.deep.equal([{ n: 30 }, { n: 30 }]);
    }
    expect(await clientStreaming(Promise.resolve(encoded))).to.deep.equal({ n: 30 });
  });

  for (const type of types) {
    it(`${type}: fails with the error of a map of requests, and the server sees no such request`, async () => {
      const thrown = new Error("n is odd");
      const { calls, server } = await serve();
      const refuse = (_call: ClientContext, { mapRequests }: CallHooks<Probe>) => mapRequests(throwing(thrown));
      for (const form of Object.values(formsOf(calls(refuse), type))) expect(await failureOf(form())).to.equal(thrown);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    });

    it(`${type}: sees the status that a map throws, and the caller gets it as a CallError`, async () => {
      const invalid = new StatusError(status.INVALID_ARGUMENT, "n must be even");
      const fail = throwing(invalid);
      const { record, seen } = recorder();
      const { calls } = await serve();
      for (const hook of ["mapRequests", "mapResponses"] as const) {
        const error = await failureOf(callOf[type](calls(record, (_call, hooks) => hooks[hook](fail))));
        expect(error).to.include({ code: status.INVALID_ARGUMENT, cause: invalid }).and.be.instanceOf(CallError);
      }
      expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(["INVALID_ARGUMENT", "INVALID_ARGUMENT"]);
    });

    it(`${type}: fails with the error of a map of responses, after the earlier messages, and ends on the server`, async () => {
      const thrown = new Error("n is too large");
      const { calls, server } = await serve({ ...echo, unary: ({ n }) => ({ n: n + 1 }) });
      const read: number[] = [];
      const refuse = (_call: ClientContext, { mapResponses }: CallHooks<Probe, Probe>) =>
        mapResponses((response) => {
          if (response.n > 1) throw thrown;
          return response;
        });
      const failing = calls(refuse);
      const call = async () => {
        if (type === "serverStreaming") for await (const { n } of failing[type]({ n: 1 })) read.push(n);
        else if (type === "bidirectional") for await (const { n } of failing[type]([{ n: 1 }, { n: 2 }])) read.push(n);
        else await callOf[type](failing);
      };
      expect(await failureOf(call())).to.equal(thrown);
      expect(read).to.deep.equal(type === "unary" || type === "clientStreaming" ? [] : [1]);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    });
  }
});
