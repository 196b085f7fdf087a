import { expect } from "chai";
import { Metric } from "#gen/quartet/vitals/v1/vitals.js";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { HostMetrics } from "../../../src/server-streaming/host-metrics/metrics.js";

/** Blocks the event loop. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function measuring(): HostMetrics {
  const metrics = new HostMetrics();
  afterTheTest(metrics.start());
  return metrics;
}

const readingOf = (metrics: HostMetrics, wanted: Metric) =>
  metrics.measure().readings.find(({ metric }) => metric === wanted)?.value;

describe("HostMetrics", () => {
  it("reads every metric, in the order of their numbers and in their units", () => {
    const metrics = measuring();
    const { readings } = metrics.measure();
    expect(readings.map(({ metric }) => metric)).to.deep.equal(
      Object.values(Metric).filter((metric) => metric !== Metric.UNSPECIFIED),
    );
    for (let round = 0; round < 2; round += 1) {
      const [cpu, memory, delay, load] = metrics.measure().readings.map(({ value }) => value);
      expect(cpu).to.be.within(0, 1);
      expect(memory).to.be.within(0, 1);
      expect(delay).to.be.within(0, 60_000);
      expect(load).to.be.within(0, 1_000_000);
      block(20);
    }
  });

  it("sees that a processor is busy while this process blocks", () => {
    const metrics = measuring();
    block(50);
    expect(readingOf(metrics, Metric.CPU)).to.be.greaterThan(0);
  });

  it("counts a delay of the event loop once, in the reading after it", () => {
    const metrics = measuring();
    block(150);
    // A busy machine may take this process from its processor around the reading too.
    const began = performance.now();
    expect(readingOf(metrics, Metric.EVENT_LOOP_DELAY)).to.be.at.least(139);
    block(60);
    expect(readingOf(metrics, Metric.EVENT_LOOP_DELAY)).to.be.within(49.9, performance.now() - began + 1);
  });

  it("measures once for all rounds of a millisecond", () => {
    const metrics = measuring();
    for (let attempt = 0; ; attempt += 1) {
      const [one, two] = [metrics.measure(), metrics.measure()];
      // The millisecond can end between two calls, but not between those of a hundred pairs in a row.
      if (one === two) break;
      expect(attempt).to.be.lessThan(100);
    }
  });

  it("measures again in the next millisecond", () => {
    const metrics = measuring();
    const one = metrics.measure();
    block(2);
    const two = metrics.measure();
    expect(two).not.to.equal(one);
    expect(two.measuredAt.getTime()).to.be.greaterThan(one.measuredAt.getTime());
  });

  it("leaves no timer after several starts and stops", () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const metrics = new HostMetrics();
    const stops = [metrics.start(), metrics.start()];
    expect(timers()).to.equal(before);
    for (const stop of [...stops, ...stops]) stop();
    const stopAgain = metrics.start();
    block(80);
    expect(readingOf(metrics, Metric.EVENT_LOOP_DELAY)).to.be.at.least(69.9);
    stopAgain();
  });
});
