import type { DownSource } from "../implementations/implementation.js";
import type { Work } from "../implementations/task.js";
import type { DrainTask } from "../instruments/drain.js";
import type { Program } from "./child.js";

/** How much a client must do, and how much it does earlier without a measurement. */
export interface Amount {
  readonly count: number;
  readonly warmup: number;
}

/** One of the compared programs: how to start its two processes. */
export interface Subject {
  readonly name: string;
  readonly server: Program;
  /** The smallest useful amount of its work, if that differs from the other subjects' amount. */
  readonly least?: number;
  client(port: number, amount: Amount): Program;
  /** A second client, which starts before the measured one and ends after it. */
  beside?(port: number): Program;
}

export type { Work };

/** The server process of one of our implementations. */
export function serverOf(implementation: string, source: DownSource = "generator"): Program {
  return { args: ["server", implementation, source] };
}

/** The process of an instrument: a client that belongs to no implementation, to measure a server alone. */
export function instrument(name: "drain" | "pause" | "idle" | "stall", port: number, task: object): Program {
  return { args: ["instrument", name, String(port), JSON.stringify(task)] };
}

/** The client process of one of our implementations. */
export function clientOf(implementation: string, port: number, work: Work, amount: Amount): Program {
  return { args: ["client", implementation, String(port), JSON.stringify({ ...work, ...amount })] };
}

/** One of our implementations on both sides. */
export function endToEnd(implementation: string, work: Work, name = implementation): Subject {
  return {
    name,
    server: serverOf(implementation),
    client: (port, amount) => clientOf(implementation, port, work, amount),
  };
}

/** The same work with clients by hand: the library's own clients on one core would be slower than the server. */
export function withRawClients(subject: Pick<Subject, "name" | "server">, work: Work): Subject {
  return { ...subject, client: (port, amount) => clientOf("http2", port, work, amount) };
}

/** One of our servers with a client that only reads the bytes. */
export function serverAlone(
  implementation: string,
  source: DownSource,
  work: Omit<DrainTask, keyof Amount>,
  name = implementation,
): Subject {
  return {
    name,
    server: serverOf(implementation, source),
    client: (port, amount) => instrument("drain", port, { ...work, ...amount }),
  };
}
