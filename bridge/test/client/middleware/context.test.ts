import { Server } from "@grpc/grpc-js";
import { expect } from "chai";
import { type ClientContext, caller, implement } from "quartet-bridge";
import { echo, formsOf, types } from "../../harness/each-type.js";
import { loopback } from "../../harness/loopback.js";
import { metadataOf, ProbeService } from "../../harness/probe.js";
import { recorder, serve } from "./serving.js";

describe("a client's middleware", () => {
  for (const [when, signIn] of Object.entries({
    "at once": (call: ClientContext) => call.metadata.set("authorization", "ada"),
    "after a promise": async (call: ClientContext) => {
      call.metadata.set("authorization", await Promise.resolve("ada"));
    },
  })) {
    it(`adds metadata to each call, ${when}, and sees its status, for each type and form`, async () => {
      const { record, seen } = recorder();
      const { calls, reached } = await serve();
      const metadata = metadataOf({ "x-own": "1" });
      for (const type of types) {
        for (const form of Object.values(formsOf(calls(record, signIn), type, { metadata, timeoutMs: 60_000 })))
          await form();
      }
      expect(reached).to.have.length(12);
      for (const sent of reached) {
        expect(sent.get("authorization")).to.deep.equal(["ada"]);
        expect(sent.get("x-own")).to.deep.equal(["1"]);
      }
      expect(metadata.getMap()).to.deep.equal({ "x-own": "1" });
      const names = ["Unary", "ServerStreaming", "ClientStreaming", "Bidirectional"];
      expect(seen).to.deep.equal(names.flatMap((name) => Array(3).fill(`${name} OK`)));
    });
  }

  it("sees the deadline and the signal of the call, also those from the caller's defaults", async () => {
    const seen: ClientContext[] = [];
    const { client } = await serve();
    const defaults = { timeoutMs: 60_000, metadata: { "x-tenant": "7" } };
    const calls = caller(ProbeService, client, { middleware: [(call) => void seen.push(call)], ...defaults });
    const { signal } = new AbortController();
    await calls.unary({ n: 1 }, { signal });
    await calls.unary.start({ n: 1 }, { metadata: { "x-tenant": "8" } }).response;
    expect(seen.map(({ deadline }) => deadline instanceof Date)).to.deep.equal([true, true]);
    expect(seen.map((call) => call.signal)).to.deep.equal([signal, undefined]);
    expect(seen.map(({ metadata }) => metadata.get("x-tenant"))).to.deep.equal([["7"], ["8"]]);
  });

  it("may be the same function as on a server", async () => {
    const { record, seen } = recorder();
    const service = implement(ProbeService, [record], echo);
    const { client, server } = await loopback(service.addTo(new Server()));
    await caller(ProbeService, client, { middleware: [record] }).unary({ n: 1 });
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    expect(seen).to.deep.equal(["Unary OK", "Unary OK"]);
  });

  it("can be for some methods, and unknown names are refused", async () => {
    const { client } = await serve();
    // @ts-expect-error the service has no such method
    expect(() => caller(ProbeService, client, { middleware: [{ uniary: () => {} }] })).to.throw(TypeError, "unary");
    // @ts-expect-error a context is for a server's handlers
    caller(ProbeService, client, { middleware: [(call) => call.with({ user: 1 })] });
  });
});
