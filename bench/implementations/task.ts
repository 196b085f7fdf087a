import { parseArgs } from "node:util";

/** The kinds of work; bench/peers knows the first five by the same names. */
export const works = [
  "unary",
  "down",
  "up",
  "pingPong",
  "fanOut",
  "downBatched",
  "upBatched",
  // At a steady rate, whatever has been answered by then: for the latency.
  "unarySteadily",
  "fanOutSteadily",
] as const;

/** What a client process is asked to do, as its flags say it: the same ones that bench/peers takes. */
export interface Task {
  readonly work: (typeof works)[number];
  /** How much is measured: calls, items, balls or broadcasts. */
  readonly count: number;
  /** How much is done before, in the same process, and not measured. */
  readonly warmup: number;
  /** The length of each payload. */
  readonly bytes: number;
  /** Calls at once. */
  readonly "in-flight": number;
  readonly members: number;
  readonly connections: number;
  /** Items per batch. */
  readonly "batch-size": number;
  /** Calls or broadcasts per second, where the rate is steady. */
  readonly "per-second": number;
}

/** What a client process has measured: its one line of output. */
export interface Measured {
  /** Calls, items, balls, or deliveries: broadcasts times members. */
  readonly messages: number;
  readonly elapsedNs: number;
  /** Where the rate is steady: from the moment in which a call was due until its answer, in milliseconds. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

const defaults = {
  count: 1000,
  warmup: 0,
  bytes: 34,
  "in-flight": 1,
  members: 1,
  connections: 1,
  "batch-size": 100,
  "per-second": 1000,
};

/** The flags that say a task. */
export function flagsOf(task: Partial<Task>): string[] {
  return Object.entries(task).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
}

/** @throws Error for flags that are none of a task's */
export function parseTask(flags: readonly string[]): Task {
  const { values } = parseArgs({
    args: [...flags],
    options: Object.fromEntries(["work", ...Object.keys(defaults)].map((flag) => [flag, { type: "string" as const }])),
  });
  const work = works.find((each) => each === values.work);
  if (work === undefined) throw new Error(`there is no work ${values.work}, but ${works.join(", ")}`);
  const numbers = Object.entries(defaults).map(([flag, value]) => [flag, Number(values[flag] ?? value)]);
  return { ...(Object.fromEntries(numbers) as typeof defaults), work };
}

/** Runs `work` and says how long it took for so many messages. */
export async function timed(messages: number, work: () => Promise<unknown>): Promise<Measured> {
  const began = process.hrtime.bigint();
  await work();
  return { messages, elapsedNs: Number(process.hrtime.bigint() - began) };
}
