import { expect } from "chai";
import { caller } from "quartet-bridge";
import { interval, lastValueFrom, take, tap, toArray } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { connectTo, loopback } from "../../../bridge/test/harness/loopback.js";
import { severable } from "../../../bridge/test/harness/wire/severable.js";
import { host } from "../../../src/host/index.js";
import { vitals } from "../../../src/server-streaming/vitals.js";
import { watchOn } from "../../../src/server-streaming/watch-client/watch-on.js";
import { countedMetrics } from "../counted-metrics.js";

const wishes = { metrics: [], intervalMs: 0 };
const sequenceOf = ({ cursor }: WatchResponse) => cursor?.sequence ?? Number.NaN;

/** A server that measures a thousand times a second, and a wire to it that a test can cut. */
async function open() {
  const hosting = host((draining) => [vitals(draining, { metrics: countedMetrics(), ticks: interval(1) })]);
  const { address } = await loopback(hosting);
  const wire = await severable(address);
  const client = connectTo(wire.address, {
    "grpc.initial_reconnect_backoff_ms": 10,
    "grpc.max_reconnect_backoff_ms": 10,
  });
  return { wire, calls: caller(VitalsService, client) };
}

describe("watchOn", () => {
  it("continues where it was when the connection is cut, and every round is sent or counted", async () => {
    const { wire, calls } = await open();
    // Because of another watcher, rounds are measured while this one is cut off.
    const other = calls.watch.observe(wishes).subscribe({ error: () => {} });
    const retries: number[] = [];
    const rounds = await lastValueFrom(
      watchOn(calls, wishes, { backoff: { initialMs: 1 }, onRetry: ({ attempt }) => retries.push(attempt) }).pipe(
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
});
