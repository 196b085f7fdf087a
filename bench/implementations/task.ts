/** What a client process must do, as JSON on its command line. */
export interface Task {
  /**
   * The kind of work. The peers have clients for the first four. `…Steadily` is for latency: it keeps a steady rate,
   * however slow the answers are.
   */
  readonly work:
    | ("unary" | "down" | "up" | "pingPong")
    | ("fanOut" | "downBatched" | "upBatched" | "unarySteadily" | "fanOutSteadily");
  /** How many calls, items, balls or broadcasts are measured. */
  readonly count: number;
  /** How many are done earlier in the same process, without a measurement. */
  readonly warmup: number;
  /** The length of each payload. */
  readonly bytes: number;
  /** How many calls run at the same time. */
  readonly inFlight: number;
  readonly members: number;
  readonly connections: number;
  readonly batchSize: number;
  /** Calls or broadcasts per second, for a steady rate. */
  readonly perSecond: number;
}

/** A task that needs only the work and its amounts; {@link taskOf} adds defaults. */
export type Work = Pick<Task, "work"> & Partial<Task>;

export function taskOf(work: Work): Task {
  const defaults = { count: 1000, warmup: 0, bytes: 34, inFlight: 1, members: 1, connections: 1 };
  return { ...defaults, batchSize: 100, perSecond: 1000, ...work };
}

/** What a client process has measured: its one line of output. */
export interface Measured {
  /** Calls, items, balls, or deliveries: broadcasts times members. */
  readonly messages: number;
  readonly elapsedNs: number;
  /** For a steady rate: milliseconds from the moment at which a call was due until its answer. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

/** Runs `work`, and measures how long it takes for `messages` messages. */
export async function timed(messages: number, work: () => Promise<unknown>): Promise<Measured> {
  const began = process.hrtime.bigint();
  await work();
  return { messages, elapsedNs: Number(process.hrtime.bigint() - began) };
}
