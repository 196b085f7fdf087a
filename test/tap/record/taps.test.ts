import {
  type CallOptions,
  type Client,
  type ClientOptions,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { stopClock } from "../../../bridge/test/harness/clock.js";
import { gate } from "../../../bridge/test/harness/loopback.js";
import {
  bidirectional,
  clientStreaming,
  collect,
  failureOf,
  metadataOf,
  type Probe,
  type ProbeHandlers,
  ProbeService,
  probe,
  serverStreaming,
  throwing,
} from "../../../bridge/test/harness/probe.js";
import {
  callIdKey,
  callIdOf,
  eventOf,
  happenedBefore,
  type MergedCall,
  mergeCalls,
  messages,
  Recording,
  type RecordingOptions,
  type Side,
  statusOf,
  type TapOptions,
  tapClient,
  tapServer,
} from "../../../src/tap/index.js";
import { onlyCall } from "../scripted-call.js";

interface TapSettings {
  readonly tap?: TapOptions;
  readonly recording?: RecordingOptions;
  readonly client?: ClientOptions;
}

/** A server with these handlers and a client of it, each with a tap and a recording of its own. */
async function tapped(handlers: ProbeHandlers, { tap, recording, client: channel }: TapSettings = {}) {
  const recordings = { client: new Recording(recording), server: new Recording(recording) };
  const { server, client, calls } = await probe(handlers, {
    window: false,
    interceptors: [tapServer(recordings.server, tap)],
    client: { interceptors: [tapClient(recordings.client, tap)], ...channel },
  });
  return {
    client,
    calls,
    recordings,
    /** Both recordings, merged after the server's last call is over. */
    async merged(): Promise<MergedCall[]> {
      client.close();
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      return mergeCalls(recordings.client.events, recordings.server.events);
    },
  };
}

const root: handleUnaryCall<Probe, Probe> = (call, answer) => answer(null, { n: Math.sqrt(call.request.n) });

/** A unary call of grpc-js alone: the bridge would copy the metadata. */
function plainUnary(client: Client, n: number, metadata = new Metadata(), options: CallOptions = {}) {
  const { path, requestSerialize, responseDeserialize } = ProbeService.unary;
  return new Promise<ServiceError | Probe | undefined>((resolve) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { n }, metadata, options, (error, answer) =>
      resolve(error ?? answer),
    );
  });
}

/** The kinds of one side's events, in order. */
const kinds = (call: MergedCall, side: Side) =>
  call.events.filter(({ event }) => event.side === side).map(({ event }) => event.kind);

describe("the taps", () => {
  it("record a unary call on both sides", async () => {
    const { calls, merged } = await tapped({ unary: root });
    await calls.unary({ n: 16 });
    const call = onlyCall(await merged());
    for (const side of ["client", "server"] as const)
      expect(kinds(call, side)).to.deep.equal(["call", "request", "half-close", "headers", "response", "status"]);
    expect(messages(call, "request").map(({ label }) => label)).to.deep.equal(["n=16"]);
    expect(messages(call, "response").map(({ label }) => label)).to.deep.equal(["n=4"]);
    expect(statusOf(call)).to.deep.equal({ code: status.OK, details: "OK" });
    expect([call.path, call.requestStream, call.responseStream]).to.deep.equal(["/test.Probe/Unary", false, false]);
  });

  it("record a server stream, each message at both ends", async () => {
    const { calls, merged } = await tapped({ serverStreaming: serverStreaming(() => [{ n: 1 }, { n: 2 }, { n: 3 }]) });
    await collect(calls.serverStreaming({ n: 3 }));
    const call = onlyCall(await merged());
    const found = messages(call, "response");
    expect(found.map(({ label }) => label)).to.deep.equal(["n=1", "n=2", "n=3"]);
    for (const { sent, received } of found) {
      if (sent === undefined || received === undefined) throw new Error("one end is missing");
      expect(happenedBefore(sent, received)).to.equal(true);
      expect(happenedBefore(received, sent)).to.equal(false);
    }
    expect([call.requestStream, call.responseStream]).to.deep.equal([false, true]);
  });

  it("record a client stream and its half-close before the answer", async () => {
    const last = clientStreaming(async (requests) => (await collect(requests)).at(-1) ?? { n: 0 });
    const { calls, merged } = await tapped({ clientStreaming: last });
    await calls.clientStreaming([{ n: 1 }, { n: 2 }]);
    const call = onlyCall(await merged());
    expect(kinds(call, "server").filter((kind) => kind !== "headers")).to.deep.equal([
      ...["call", "request", "request", "half-close", "response", "status"],
    ]);
    expect([call.requestStream, call.responseStream]).to.deep.equal([true, false]);
  });

  it("record a server's error with its trailers, binary ones by size, and hide secrets", async () => {
    const trailers = { "retry-hint": "never", "session-token": "abc123", "grpc-status-details-bin": Buffer.alloc(7) };
    const metadata = metadataOf(trailers);
    const { client, merged } = await tapped({
      unary: (_call, answer) => answer({ code: status.INVALID_ARGUMENT, details: "n must not be\nnegative", metadata }),
    });
    await plainUnary(client, -1);
    const call = onlyCall(await merged());
    for (const side of ["client", "server"] as const) {
      const event = eventOf(call, side, "status")?.event;
      expect(event?.code).to.equal(status.INVALID_ARGUMENT);
      expect(event?.details).to.equal("n must not be\\nnegative");
      expect(event?.metadata).to.deep.equal({
        "retry-hint": "never",
        "session-token": "(hidden)",
        "grpc-status-details-bin": "<7 bytes>",
      });
      // The response has only trailers, so there are no headers, and no message for the null that grpc-js passes.
      expect(kinds(call, side)).to.deep.equal(["call", "request", "half-close", "status"]);
    }
  });

  it("record a client's cancel, and that the server's call ended without a status", async () => {
    const cancelled = gate();
    const endless: handleServerStreamingCall<Probe, Probe> = (call) => {
      call.write({ n: 1 });
      call.on("cancelled", () => {
        // A late answer never leaves: it must not look like the end of the call.
        call.end();
        cancelled.open();
      });
    };
    const { client, merged } = await tapped({ serverStreaming: endless });
    const { path, requestSerialize, responseDeserialize } = ProbeService.serverStreaming;
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { n: 0 });
    stream.on("error", () => {});
    stream.once("data", () => {
      stream.cancel();
      stream.cancel();
    });
    await Promise.all([new Promise((resolve) => stream.once("status", resolve)), cancelled.opened]);
    const call = onlyCall(await merged());
    const clientKinds = ["call", "request", "half-close", "headers", "response", "cancel", "status"];
    expect(kinds(call, "client")).to.deep.equal(clientKinds);
    expect(kinds(call, "server").at(-1)).to.equal("ended");
    expect(statusOf(call)?.code).to.equal(status.CANCELLED);
    const [cancel, ended] = [eventOf(call, "client", "cancel"), eventOf(call, "server", "ended")];
    expect(cancel && ended && happenedBefore(cancel, ended)).to.equal(true);
  });

  it("take a deadline from the client, because the server's interceptors never see it", async () => {
    const [begun, over] = [gate(), gate()];
    const { calls, merged } = await tapped({
      unary(call) {
        call.on("cancelled", () => over.open());
        begun.open();
      },
    });
    const clock = stopClock();
    const late = failureOf(calls.unary({ n: 16 }, { timeoutMs: 1_000 }));
    await begun.opened;
    clock.pass(1_000);
    await Promise.all([late, over.opened]);
    const call = onlyCall(await merged());
    expect(kinds(call, "server")).to.deep.equal(["call", "request", "half-close", "ended"]);
    expect(statusOf(call)?.code).to.equal(status.DEADLINE_EXCEEDED);
    expect(call.unsent).to.equal(false);
  });

  it("record an unknown method only at the client", async () => {
    const { client, merged } = await tapped({});
    const { other } = caller({ other: { ...ProbeService.unary, path: "/test.Probe/Other" } }, client);
    await failureOf(other({ n: 16 }));
    const call = onlyCall(await merged());
    expect([...call.sides]).to.deep.equal(["client"]);
    expect(statusOf(call)?.code).to.equal(status.UNIMPLEMENTED);
  });

  it("record that nothing left the client, if a call was over before there was a connection", async () => {
    const { client, merged } = await tapped({ unary: root });
    await plainUnary(client, 16, new Metadata(), { deadline: 5_000 });
    // With a connection, a client cannot know whether a late call leaves.
    await new Promise((resolve) => client.waitForReady(Number.POSITIVE_INFINITY, resolve));
    await plainUnary(client, 16);
    const [late, sent] = await merged();
    expect([late?.unsent, statusOf(late as MergedCall)?.code]).to.deep.equal([true, status.DEADLINE_EXCEEDED]);
    expect([...(late?.sides ?? [])]).to.deep.equal(["client"]);
    expect(sent?.unsent).to.equal(false);
  });

  it("give two calls that share one Metadata two ids, and do not change that Metadata", async () => {
    const { client, merged } = await tapped({ unary: root });
    const shared = metadataOf({ greeting: "hello" });
    await Promise.all([plainUnary(client, 4, shared), plainUnary(client, 9, shared)]);
    const recorded = await merged();
    expect(recorded.map(({ sides }) => sides.size)).to.deep.equal([2, 2]);
    expect(shared.getMap()).to.deep.equal({ greeting: "hello" });
    expect(eventOf(recorded[0] as MergedCall, "server", "call")?.event.metadata).to.deep.equal({ greeting: "hello" });
  });

  it("record both attempts of a retried call in one", async () => {
    let attempts = 0;
    const second: handleUnaryCall<Probe, Probe> = (call, answer) => {
      attempts += 1;
      if (attempts === 1) answer({ code: status.UNAVAILABLE, details: "not yet" });
      else root(call, answer);
    };
    const waits = { initialBackoff: "0.001s", maxBackoff: "0.001s", backoffMultiplier: 1 };
    const retryPolicy = { maxAttempts: 2, ...waits, retryableStatusCodes: ["UNAVAILABLE"] };
    const client = { "grpc.service_config": JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] }) };
    const { calls, merged } = await tapped({ unary: second }, { client });
    expect(await calls.unary({ n: 16 })).to.deep.equal({ n: 4 });
    const statuses = onlyCall(await merged())
      .events.filter(({ event }) => event.kind === "status")
      .map(({ event }) => [event.side, event.attempt, event.code]);
    expect(statuses).to.deep.equal([
      ["server", undefined, status.UNAVAILABLE],
      ["server", 1, status.OK],
      ["client", undefined, status.OK],
    ]);
  });

  it("do not mix calls whose client sends the same call id, and take no id of a wrong shape", async () => {
    const { client, merged } = await tapped({ unary: root }, { client: { interceptors: [] } });
    const metadata = new Metadata();
    metadata.set(callIdKey, "again");
    await plainUnary(client, 4, metadata);
    await plainUnary(client, 9, metadata);
    metadata.set(callIdKey, "%[2J".repeat(40));
    await plainUnary(client, 16, metadata);
    const ids = (await merged()).map(({ callId }) => callId);
    expect(ids).to.have.length(3);
    expect(ids.filter((id) => id === "again")).to.have.length(1);
    expect(ids.every((id) => /^[\w-]{1,64}$/.test(id))).to.equal(true);
  });

  it("let a handler put a note on its own lifeline", async () => {
    const noting: handleServerStreamingCall<Probe, Probe> = (call) => {
      recordings.server.note("server", callIdOf(call.metadata) ?? "", "reading 1");
      call.write({ n: 1 });
      call.end();
    };
    const { calls, merged, recordings } = await tapped({ serverStreaming: noting });
    await collect(calls.serverStreaming({ n: 1 }));
    const notes = onlyCall(await merged()).events.filter(({ event }) => event.kind === "note");
    expect(notes.map(({ event }) => event.label)).to.deep.equal(["reading 1"]);
  });

  it("show plain messages, and measure what each side sends if asked to, also if a bridged call sends bytes", async () => {
    const { calls, merged } = await tapped(
      { bidirectional: bidirectional((requests) => requests) },
      { tap: { bytes: true } },
    );
    await collect(calls.bidirectional([{ n: 1 }, { n: 1_000 }]));
    const call = onlyCall(await merged());
    for (const direction of ["request", "response"] as const) {
      const found = messages(call, direction).map(({ sent, received }) => [
        ...[sent?.event.label, sent?.event.bytes],
        ...[received?.event.label, received?.event.bytes],
      ]);
      expect(found, direction).to.deep.equal([
        ["n=1", 7, "n=1", undefined],
        ["n=1000", 10, "n=1000", undefined],
      ]);
    }
  });

  it("survive a label that throws", async () => {
    const label = throwing(new Error("no label for you"));
    const { calls, merged } = await tapped({ unary: root }, { tap: { label } });
    expect(await calls.unary({ n: 16 })).to.deep.equal({ n: 4 });
    const [answer] = messages(onlyCall(await merged()), "response");
    expect(answer?.label).to.equal("(no label)");
  });

  it("record no call beyond the limit of the recording", async () => {
    const { calls, merged, recordings } = await tapped({ unary: root }, { recording: { calls: 1 } });
    expect([await calls.unary({ n: 4 }), await calls.unary({ n: 9 })]).to.deep.equal([{ n: 2 }, { n: 3 }]);
    expect(await merged()).to.have.length(1);
    expect([recordings.client.skipped, recordings.server.skipped]).to.deep.equal([1, 1]);
  });

  it("keep order and end through 5,000 messages both ways", async () => {
    const { calls, merged } = await tapped({ bidirectional: bidirectional((requests) => requests) });
    const all = Array.from({ length: 5_000 }, (_, n) => ({ n }));
    expect(await collect(calls.bidirectional(all))).to.deep.equal(all);
    const answers = messages(onlyCall(await merged()), "response");
    expect(answers.every(({ sent, received }) => sent !== undefined && received !== undefined)).to.equal(true);
  });
});
