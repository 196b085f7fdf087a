import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, implement, StatusError } from "quartet-bridge";
import { firstValueFrom, interval, lastValueFrom, take, tap, toArray } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { connectTo, loopback } from "../../../bridge/test/harness/loopback.js";
import { severable } from "../../../bridge/test/harness/severable.js";
import { host } from "../../../src/host/index.js";
import { vitals } from "../../../src/server-streaming/vitals.js";
import { type WatchOnOptions, watchOn } from "../../../src/server-streaming/watch-client/watch-on.js";
import { countedMetrics } from "../counted-metrics.js";

const wishes = { metrics: [], intervalMs: 0 };
/** No small `maxMs`: an attempt that lasts longer than the longest wait, as under load, has the count begin anew. */
const soon: WatchOnOptions = { backoff: { initialMs: 1 } };

const sequenceOf = ({ cursor }: WatchResponse) => cursor?.sequence ?? Number.NaN;

/** A server that measures a thousand times a second, behind a wire that can be cut. */
async function open() {
  const hosting = host((draining) => [vitals(draining, { metrics: countedMetrics(), ticks: interval(1) })]);
  const { address } = await loopback(hosting);
  const wire = await severable(address);
  const client = connectTo(wire.address, {
    "grpc.initial_reconnect_backoff_ms": 10,
    "grpc.max_reconnect_backoff_ms": 10,
  });
  return { hosting, wire, calls: caller(VitalsService, client) };
}

describe("watchOn", () => {
  it("goes on where it was when the connection is cut, and every round is sent or counted", async () => {
    const { wire, calls } = await open();
    // Somebody else watches, so that rounds are measured while this one is away.
    const other = calls.watch.observe(wishes).subscribe({ error: () => {} });
    const retries: number[] = [];
    const rounds = await lastValueFrom(
      watchOn(calls, wishes, { ...soon, onRetry: ({ attempt }) => retries.push(attempt) }).pipe(
        tap((round) => {
          if (sequenceOf(round) % 50 === 0) wire.cut();
        }),
        take(200),
        toArray(),
      ),
    );
    other.unsubscribe();
    expect(retries.length).to.be.greaterThan(1);
    for (const [index, round] of rounds.entries()) {
      const before = rounds[index - 1];
      if (before) expect(sequenceOf(round)).to.equal(sequenceOf(before) + round.replaced + 1);
    }
  });

  it("waits after each gap, as after any failure", async () => {
    const forgotten = () => {
      throw new StatusError(status.OUT_OF_RANGE, "not remembered");
    };
    const service = implement(VitalsService, { watch: forgotten, replay: forgotten });
    const { client } = await loopback(service.addTo(new Server()));
    const enough = new Error("enough");
    const told: string[] = [];
    const watching = watchOn(caller(VitalsService, client), wishes, {
      ...soon,
      onGap: ({ code }) => told.push(status[code]),
      onRetry({ attempt }) {
        told.push(`wait ${attempt}`);
        if (attempt === 3) throw enough;
      },
    });
    expect(await firstValueFrom(watching).catch((reason) => reason)).to.equal(enough);
    expect(told).to.deep.equal([1, 2, 3].flatMap((attempt) => ["OUT_OF_RANGE", `wait ${attempt}`]));
  });

  it("ends with an error that no other attempt mends", async () => {
    const { calls } = await open();
    const error = await firstValueFrom(watchOn(calls, { ...wishes, intervalMs: 5 }, soon)).catch((reason) => reason);
    expect(error).to.be.instanceOf(CallError).with.property("code", status.INVALID_ARGUMENT);
  });

  it("ends when who hears of a retry throws", async () => {
    const { hosting, calls } = await open();
    await hosting.force();
    const enough = new Error("enough");
    const watching = watchOn(calls, wishes, {
      onRetry: () => {
        throw enough;
      },
    });
    expect(await firstValueFrom(watching).catch((reason) => reason)).to.equal(enough);
  });
});
