import type { RecordableHistogram } from "node:perf_hooks";
import { BrokenPromise } from "./checking/broken-promise.js";
import type { Gauges } from "./protocol.js";
import type { Settings } from "./settings.js";

/** What has happened in a run, each as often as it has; at first nothing. */
export const nothingYet = {
  sessions: 0,
  /** Messages whose numbers their members were told. */
  accepted: 0,
  /** Events that were heard, each by each. */
  delivered: 0,
  /** Messages whose calls have ended before their members were told the number. */
  unacknowledged: 0,
  resumed: 0,
  outOfRange: 0,
  /** Members whose processes were killed. */
  killed: 0,
  /** Members whose processes were stopped until the server had given them up. */
  stopped: 0,
  /** Members that the server has dropped because they did not read. */
  dropped: 0,
  /** Of these, those whose connection the server has cut. */
  cutByServer: 0,
  // The disturbances.
  leave: 0,
  "half-close": 0,
  cancel: 0,
  cut: 0,
  stall: 0,
  pause: 0,
  stop: 0,
  kill: 0,
};

export type Tally = typeof nothingYet;

/** What the server held, when. */
export interface Readings {
  /** Before anybody came. */
  before?: Gauges;
  /** With all members in, after the first fifth of the time: minute 2 of 10. */
  first?: Gauges;
  /** With all members in, at the end. */
  last?: Gauges;
  /** After all had gone. */
  after?: Gauges;
  /** After the drain, when nothing is to be left. */
  down?: Gauges;
}

/** What a soak has counted and measured, up to its end or to where a promise was broken. */
export interface Outcome {
  readonly settings: Settings;
  readonly seconds: number;
  readonly tally: Readonly<Tally>;
  /** Microseconds from the making of a message to its being heard by members that stay. */
  readonly latency: Pick<RecordableHistogram, "percentile">;
  readonly readings: Readings;
  readonly broken: BrokenPromise | undefined;
}

/** @throws BrokenPromise if the server holds more than it may, at any of the readings */
export function judge({ before, first, last, after, down }: Readings, mostGrowth: number | undefined): void {
  if (!before || !first || !last || !after || !down) throw new Error("there is a reading missing");
  const busy = difference(first.listeners, last.listeners);
  if (busy) throw new BrokenPromise(`listeners with all members in, at the first reading and at the last: ${busy}`);
  const left = leftOf(before, after);
  if (left) throw new BrokenPromise(left);
  if (down.openCalls > 0) throw new BrokenPromise(`${down.openCalls} calls are open after the drain`);
  for (const listener of ["draining", "stalled-peer"])
    if (down.listeners[listener] !== 0) throw new BrokenPromise(`after the drain there is a listener: ${listener}`);
  const growth = last.heap / first.heap;
  if (mostGrowth !== undefined && growth > mostGrowth)
    throw new BrokenPromise(`the heap at the end is ${growth.toFixed(3)} times that of the first reading`);
}

/** What is left of members that have gone, in words; undefined if nothing is. */
export function leftOf(before: Gauges, after: Gauges): string | undefined {
  if (after.openCalls > 0) return `${after.openCalls} calls are open after all members have gone`;
  const listeners = difference(before.listeners, after.listeners);
  if (listeners) return `listeners before the first member and after the last: ${listeners}`;
  const handles = difference(before.handles, after.handles);
  return handles && `handles before the first member and after the last: ${handles}`;
}

function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): string | undefined {
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = kinds.filter((kind) => (before[kind] ?? 0) !== (after[kind] ?? 0));
  if (changed.length === 0) return undefined;
  return changed.map((kind) => `${kind} ${before[kind] ?? 0} and ${after[kind] ?? 0}`).join(", ");
}
