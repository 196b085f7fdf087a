import { type Gate, gate } from "../../bridge/test/harness/loopback.js";
import type { Measurement, Metrics } from "../../src/server-streaming/host-metrics/metrics.js";
import { knownMetrics } from "../../src/server-streaming/requests.js";

/** Metrics that measure nothing, and count their users. */
export interface CountedMetrics extends Metrics {
  /** How many have started to measure, and how many of them have not stopped. */
  readonly started: number;
  readonly active: number;
  /** The number of measurements. */
  readonly measured: number;
  /** Opens when the last user has stopped. */
  readonly idle: Gate<void>["opened"];
}

/** @param fail is called with the number of each measurement, and may throw */
export function countedMetrics(fail: (measured: number) => void = () => {}): CountedMetrics {
  const { opened, open } = gate();
  let started = 0;
  let active = 0;
  let measured = 0;
  return {
    get started() {
      return started;
    },
    get active() {
      return active;
    },
    get measured() {
      return measured;
    },
    idle: opened,
    start() {
      started += 1;
      active += 1;
      return () => {
        active -= 1;
        if (active === 0) open();
      };
    },
    measure(): Measurement {
      measured += 1;
      fail(measured);
      return {
        measuredAt: new Date(1_700_000_000_000 + measured),
        readings: knownMetrics.map((metric) => ({ metric, value: metric / 8 })),
      };
    },
  };
}
