import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from "#gen/grpc/health/v1/health.js";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { connect, failure, waitUntilServing } from "../../../src/host/index.js";
import { build } from "../fixtures/unary-server.js";
import { listening } from "../listening.js";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = ServingStatus;

describe("health", () => {
  async function hosted() {
    const hosting = build();
    const { client, address } = await listening(hosting);
    return { hosting, client, address, health: caller(HealthService, client) };
  }

  it("checks and lists the server and each service, and answers NOT_FOUND for others", async () => {
    const { health } = await hosted();
    expect(await health.check({ service: "" })).to.deep.equal({ status: SERVING });
    expect(await health.check({ service: "Calculator" })).to.deep.equal({ status: SERVING });
    await failure(status.NOT_FOUND, health.check({ service: "Abacus" }));
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

  it("watches a service that it does not know until it knows the service", async () => {
    const { hosting, health } = await hosted();
    const watch = health.watch({ service: "Abacus" })[Symbol.asyncIterator]();
    expect((await watch.next()).value).to.deep.equal({ status: SERVICE_UNKNOWN });
    hosting.health.set("Abacus", true);
    expect((await watch.next()).value).to.deep.equal({ status: SERVING });
    await watch.return?.();
  });

  it("says NOT_SERVING in a drain and ends its watches, so the server closes before its grace is over", async () => {
    const { hosting, health } = await hosted();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { status: known } of health.watch({ service: "" })) {
        seen.push(known);
        // The grace is an hour, longer than the limit of a test.
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

  it("lets a client wait for a server that does not run yet", async () => {
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
