import { badRequest } from "quartet-bridge";
import { Metric, type ReplayRequest, type WatchRequest } from "#gen/quartet/vitals/v1/vitals.js";
import { roundMs } from "./live-rounds.js";

const mostRounds = 1_000_000;
const defaultRounds = 5_000;
const longestIntervalMs = 60_000;
/** The metrics of the contract, in the order of their numbers. */
export const knownMetrics: readonly Metric[] = Object.values(Metric).filter((metric) => metric !== Metric.UNSPECIFIED);

/**
 * How many rounds to replay.
 *
 * @throws StatusError INVALID_ARGUMENT
 */
export function roundsOf({ count }: ReplayRequest): number {
  if (count > mostRounds) throw badRequest({ field: "count", description: `must be at most ${mostRounds}` });
  return count === 0 ? defaultRounds : count;
}

/** What a watcher asked for. */
export interface WatchWishes {
  /** 1 for every round, 3 for every third one. */
  readonly every: number;
  readonly wanted: ReadonlySet<number>;
  /** All metrics of every round. Watchers that asked for this share one serialized message. */
  readonly everything: boolean;
}

/**
 * Reads and checks what a watcher asked for.
 *
 * @throws StatusError INVALID_ARGUMENT
 */
export function wishesOf({ metrics, intervalMs }: WatchRequest): WatchWishes {
  if (intervalMs !== 0 && (intervalMs < roundMs || intervalMs > longestIntervalMs)) {
    throw badRequest({
      field: "interval_ms",
      description: `must be 0, for every round, or from ${roundMs} to ${longestIntervalMs}`,
    });
  }
  const unknown = metrics.findIndex((metric) => !knownMetrics.includes(metric));
  if (unknown >= 0) {
    throw badRequest({ field: `metrics[${unknown}]`, description: "must be a metric that the contract names" });
  }
  const every = Math.max(1, Math.ceil(intervalMs / roundMs));
  const wanted = new Set(metrics.length === 0 ? knownMetrics : metrics);
  return { every, wanted, everything: every === 1 && wanted.size === knownMetrics.length };
}
