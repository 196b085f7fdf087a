import { Metric, type Reading } from "#gen/quartet/vitals/v1/vitals.js";

/** How a metric is shown. */
export interface MetricText {
  readonly label: string;
  readonly inUnit: (value: number) => string;
  /** The largest possible value; undefined if there is none. */
  readonly most?: number;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

const texts: Readonly<Record<Exclude<Metric, typeof Metric.UNSPECIFIED>, MetricText>> = {
  [Metric.CPU]: { label: "cpu", inUnit: percent, most: 1 },
  [Metric.MEMORY]: { label: "memory", inUnit: percent, most: 1 },
  [Metric.EVENT_LOOP_DELAY]: { label: "event loop", inUnit: (ms) => `${ms.toFixed(1)} ms late` },
  [Metric.LOAD]: { label: "load", inUnit: (processes) => processes.toFixed(2) },
};

/** How to show a metric; undefined for a metric of a newer server. */
export function metricText(metric: number): MetricText | undefined {
  return (texts as Readonly<Record<number, MetricText | undefined>>)[metric];
}

/** In columns. */
export const longestLabel = Math.max(...Object.values(texts).map(({ label }) => label.length));

/** The readings of a round as one line, without metrics that this client does not know. */
export function readingsText(readings: readonly Reading[]): string {
  return readings
    .flatMap(({ metric, value }) => {
      const text = metricText(metric);
      return text ? `${text.label} ${text.inUnit(value)}` : [];
    })
    .join(", ");
}
