import { Metric, type Reading } from "#gen/quartet/vitals/v1/vitals.js";

/** How a metric is shown to a person. */
export interface MetricWords {
  readonly label: string;
  readonly inUnit: (value: number) => string;
  /** The most that there can be; undefined where there is no most. */
  readonly most?: number;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** The metrics that this client knows. A server may be newer, and send others. */
export const metricWords: ReadonlyMap<number, MetricWords> = new Map<number, MetricWords>([
  [Metric.CPU, { label: "cpu", inUnit: percent, most: 1 }],
  [Metric.MEMORY, { label: "memory", inUnit: percent, most: 1 }],
  [Metric.EVENT_LOOP_DELAY, { label: "event loop", inUnit: (ms) => `${ms.toFixed(1)} ms late` }],
  [Metric.LOAD, { label: "load", inUnit: (processes) => processes.toFixed(2) }],
]);

/** The readings of a round on one line. A metric that is not known is left out. */
export function inWords(readings: readonly Reading[]): string {
  return readings
    .flatMap(({ metric, value }) => {
      const words = metricWords.get(metric);
      return words ? `${words.label} ${words.inUnit(value)}` : [];
    })
    .join(", ");
}
