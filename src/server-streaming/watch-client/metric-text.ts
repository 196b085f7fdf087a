import { Metric, type Reading } from "#gen/quartet/vitals/v1/vitals.js";

/** How a metric is shown. */
export interface MetricText {
  readonly label: string;
  readonly inUnit: (value: number) => string;
  /** The largest possible value; undefined if there is none. */
  readonly most?: number;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** The metrics that this client knows. A newer server may send others. */
export const metricTexts: ReadonlyMap<number, MetricText> = new Map<number, MetricText>([
  [Metric.CPU, { label: "cpu", inUnit: percent, most: 1 }],
  [Metric.MEMORY, { label: "memory", inUnit: percent, most: 1 }],
  [Metric.EVENT_LOOP_DELAY, { label: "event loop", inUnit: (ms) => `${ms.toFixed(1)} ms late` }],
  [Metric.LOAD, { label: "load", inUnit: (processes) => processes.toFixed(2) }],
]);

/** The readings of a round as one line, without metrics that this client does not know. */
export function readingsText(readings: readonly Reading[]): string {
  return readings
    .flatMap(({ metric, value }) => {
      const text = metricTexts.get(metric);
      return text ? `${text.label} ${text.inUnit(value)}` : [];
    })
    .join(", ");
}
