import type { RecordableHistogram } from "node:perf_hooks";
import { BrokenPromise } from "./checking/broken-promise.js";
import type { Gauges } from "./protocol.js";
import type { Settings } from "./settings.js";

/** How often each thing has happened in a run: at first never. */
export const nothingYet = {
  sessions: 0,
  /** Acknowledged messages. */
  accepted: 0,
  /** Events heard, counted once per member. */
  delivered: 0,
  /** Messages whose calls ended before their acknowledgement. */
  unacknowledged: 0,
  resumed: 0,
  outOfRange: 0,
  /** Members whose processes were killed. */
  killed: 0,
  /** Members whose processes were stopped until the server dropped them. */
  stopped: 0,
  /** Members that the server dropped because they did not read. */
  dropped: 0,
  /** Of these, the members whose connection the server cut. */
  cutByServer: 0,
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

/** What the server held at several moments. */
export interface Readings {
  /** Before the first member. */
  before?: Gauges;
  /** With all members, after the first fifth of the time: minute 2 of 10. */
  first?: Gauges;
  /** With all members, at the end. */
  last?: Gauges;
  /** After all members have left. */
  after?: Gauges;
  /** After the drain, when nothing may be left. */
  down?: Gauges;
}

/** What a soak has counted and measured until its end, or until a promise was broken. */
export interface Outcome {
  readonly settings: Settings;
  readonly seconds: number;
  readonly tally: Readonly<Tally>;
  /** Microseconds from the making of a message until a steady member heard it. */
  readonly latency: Pick<RecordableHistogram, "percentile">;
  readonly readings: Readings;
  readonly broken: BrokenPromise | undefined;
}

/** @throws BrokenPromise if the server holds too much at one of the readings */
export function judge({ before, first, last, after, down }: Readings, mostGrowth: number | undefined): void {
  if (!before || !first || !last || !after || !down) throw new Error("a reading is missing");
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

/** What members that have left still use, in words; undefined if nothing is left. */
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
