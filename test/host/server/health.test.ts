import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller } from "quartet-bridge";
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from "#gen/grpc/health/v1/health.js";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { connect, waitUntilServing } from "../../../src/host/index.js";
import { build } from "../fixtures/unary-server.js";
import { listening } from "../listening.js";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = ServingStatus;

describe("health", () => {
  async function hosted() {
    const hosting = build();
    const { client, address } = await listening(hosting);
    return { hosting, client, address, health: caller(HealthService, client) };
  }

  it("checks the server as a whole and each service", async () => {
    const { health } = await hosted();
    expect(await health.check({ service: "" })).to.deep.equal({ status: SERVING });
    expect(await health.check({ service: "Calculator" })).to.deep.equal({ status: SERVING });
  });

  it("answers NOT_FOUND to a check of a service that it does not know", async () => {
    const { health } = await hosted();
    const error = await health.check({ service: "Abacus" }).catch((reason) => reason);
    expect(error).to.be.instanceOf(CallError).with.property("code", status.NOT_FOUND);
  });

  it("lists all", async () => {
    const { health } = await hosted();
    expect((await health.list({})).statuses).to.deep.equal({
      "": { status: SERVING },
      Calculator: { status: SERVING },
    });
  });

  it("tells a watcher the status at once and each change once", async () => {
    const { hosting, health } = await hosted();
    const watch = health.watch({ service: "Calculator" })[Symbol.asyncIterator]();
    expect((await watch.next()).value).to.deep.equal({ status: SERVING });
    hosting.health.set("Calculator", false);
    hosting.health.set("Calculator", false);
    hosting.health.set("Calculator", true);
    expect((await watch.next()).value).to.deep.equal({ status: NOT_SERVING });
    expect((await watch.next()).value).to.deep.equal({ status: SERVING });
    await watch.return?.();
  });

  it("goes on watching a service that it does not know, until it is known", async () => {
    const { hosting, health } = await hosted();
    const watch = health.watch({ service: "Abacus" })[Symbol.asyncIterator]();
    expect((await watch.next()).value).to.deep.equal({ status: SERVICE_UNKNOWN });
    hosting.health.set("Abacus", true);
    expect((await watch.next()).value).to.deep.equal({ status: SERVING });
    await watch.return?.();
  });

  it("says NOT_SERVING in a drain and ends its watches, so that the server closes within its grace", async () => {
    const { hosting, health } = await hosted();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { status: known } of health.watch({ service: "" })) {
        seen.push(known);
        // The grace is an hour: were the watch not ended, this test would not end.
        if (known === SERVING) void hosting.drain(3_600_000);
      }
    })();
    await watching;
    expect(seen).to.deep.equal([SERVING, NOT_SERVING]);
    expect(await hosting.drain(0)).to.equal(0);
  });

  it("lets a client wait until a service serves", async () => {
    const { hosting, client } = await hosted();
    hosting.health.set("Calculator", false);
    const waiting = waitUntilServing(client, { service: "Calculator", signal: new AbortController().signal });
    hosting.health.set("Calculator", true);
    await waiting;
  });

  it("ends a client's waiting with the reason of its signal", async () => {
    const { hosting, client } = await hosted();
    hosting.health.set("", false);
    const stop = new AbortController();
    const waiting = waitUntilServing(client, { signal: stop.signal }).catch((error) => error);
    stop.abort(new Error("long enough"));
    expect(await waiting).to.have.property("message", "long enough");
  });

  it("lets a client wait for a server that is not there yet", async () => {
    const first = build();
    const { port } = await first.listen();
    await first.drain(0);
    const client = connect(`127.0.0.1:${port}`, { channelOptions: { "grpc.initial_reconnect_backoff_ms": 100 } });
    afterTheTest(() => client.close());
    const waiting = waitUntilServing(client, { signal: new AbortController().signal });
    const second = build();
    await second.listen({ port });
    afterTheTest(() => void second.force());
    await waiting;
  });
});
