import { Metric, type Reading } from "#gen/quartet/vitals/v1/vitals.js";

/** A reading in the unit of its metric. A metric that this client does not know is left out: a server may be newer. */
const words: Readonly<Record<number, (value: number) => string>> = {
  [Metric.CPU]: (share) => `cpu ${(share * 100).toFixed(1)} %`,
  [Metric.MEMORY]: (share) => `memory ${(share * 100).toFixed(1)} %`,
  [Metric.EVENT_LOOP_DELAY]: (ms) => `event loop ${ms.toFixed(1)} ms late`,
  [Metric.LOAD]: (processes) => `load ${processes.toFixed(2)}`,
};

/** The readings of a round on one line. */
export function inWords(readings: readonly Reading[]): string {
  return readings.flatMap(({ metric, value }) => words[metric]?.(value) ?? []).join(", ");
}
