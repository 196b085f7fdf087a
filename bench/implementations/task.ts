/** What a client process is asked to do: JSON on its command line. */
export interface Task {
  /**
   * The kind of work; the peers have clients for the first four. `…Steadily` is at a steady rate, whatever has been
   * answered by then: for the latency.
   */
  readonly work:
    | ("unary" | "down" | "up" | "pingPong")
    | ("fanOut" | "downBatched" | "upBatched" | "unarySteadily" | "fanOutSteadily");
  /** How much is measured: calls, items, balls or broadcasts. */
  readonly count: number;
  /** How much is done before, in the same process, and not measured. */
  readonly warmup: number;
  /** The length of each payload. */
  readonly bytes: number;
  /** Calls at once. */
  readonly inFlight: number;
  readonly members: number;
  readonly connections: number;
  /** Items per batch. */
  readonly batchSize: number;
  /** Calls or broadcasts per second, where the rate is steady. */
  readonly perSecond: number;
}

/** A task in which only the work and the amount have to be said. */
export type Work = Pick<Task, "work"> & Partial<Task>;

/** The task, with the defaults for what is not said. */
export function taskOf(work: Work): Task {
  const defaults = { count: 1000, warmup: 0, bytes: 34, inFlight: 1, members: 1, connections: 1 };
  return { ...defaults, batchSize: 100, perSecond: 1000, ...work };
}

/** What a client process has measured: its one line of output. */
export interface Measured {
  /** Calls, items, balls, or deliveries: broadcasts times members. */
  readonly messages: number;
  readonly elapsedNs: number;
  /** Where the rate is steady: from the moment in which a call was due until its answer, in milliseconds. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

/** Runs `work` and says how long it took for so many messages. */
export async function timed(messages: number, work: () => Promise<unknown>): Promise<Measured> {
  const began = process.hrtime.bigint();
  await work();
  return { messages, elapsedNs: Number(process.hrtime.bigint() - began) };
}
