import { type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallHooks, type ClientContext, StatusError } from "quartet-bridge";
import { answering, begin, callOf, echo, stuck, types } from "../../harness/each-type.js";
import { gate } from "../../harness/loopback.js";
import { countedProbes, failureOf, throwing } from "../../harness/probe.js";
import { recorder, serve } from "./serving.js";

describe("the status that a client's middleware sees", () => {
  for (const type of types) {
    it(`${type}: is what the server sends, CANCELLED or DEADLINE_EXCEEDED, once each`, async () => {
      const { record, seen } = recorder();
      const begun = gate();
      const failing = await serve(answering(throwing(new StatusError(status.NOT_FOUND, "no such probe"))));
      await failureOf(callOf[type](failing.calls(record)));
      const { calls } = await serve(stuck);
      const ended = gate();
      const handle = begin[type](
        calls(record, () => begun.open()),
        { onStatus: () => ended.open() },
      );
      await begun.opened;
      handle.cancel();
      await ended.opened;
      await failureOf(callOf[type](calls(record), { timeoutMs: 20 }));
      expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(["NOT_FOUND", "CANCELLED", "DEADLINE_EXCEEDED"]);
    });
  }

  it("is CANCELLED if a loop is left or an Observable unsubscribed", async () => {
    const seen = gate<string[]>();
    const codes: string[] = [];
    const record = (_call: ClientContext, { onStatus }: CallHooks) =>
      onStatus(({ code }) => {
        codes.push(status[code]);
        if (codes.length === 2) seen.open(codes);
      });
    const { source } = countedProbes(Number.POSITIVE_INFINITY);
    const { calls } = await serve({ ...echo, serverStreaming: source });
    for await (const _ of calls(record).serverStreaming({ n: 1 })) break;
    const call = calls(record)
      .serverStreaming.observe({ n: 1 })
      .subscribe(() => call.unsubscribe());
    expect(await seen.opened).to.deep.equal(["CANCELLED", "CANCELLED"]);
  });

  it("goes to each listener, and the error of a listener is the outcome of the call", async () => {
    const { record, seen } = recorder();
    const thrown = new Error("signed out");
    const told: number[] = [];
    const { calls } = await serve();
    const failing = (_call: ClientContext, { onStatus }: CallHooks) => onStatus(throwing(thrown));
    for (const type of types) {
      const options = { onStatus: ({ code }: StatusObject) => told.push(code) };
      expect(await failureOf(callOf[type](calls(record, failing), options))).to.equal(thrown);
    }
    expect(seen).to.have.length(4);
    expect(told).to.have.length(4);
  });
});
