import { fileURLToPath } from "node:url";
import type { DownSource } from "../implementations/implementation.js";
import type { Work } from "../implementations/task.js";
import type { DrainTask } from "../instruments/drain.js";
import type { Program } from "./child.js";

/** How much a client is to do, and how much before without being measured. */
export interface Amount {
  readonly count: number;
  readonly warmup: number;
}

/** One of those that are compared: how its two processes are started. */
export interface Subject {
  readonly name: string;
  readonly server: Program;
  /** The smallest amount of its work that says anything, where that is another one than of those it is compared with. */
  readonly least?: number;
  client(port: number, amount: Amount): Program;
  /** Another client, that is there before the one which is measured, and until it is done. */
  beside?(port: number): Program;
}

export type { Work };

const file = fileURLToPath(new URL("../process.js", import.meta.url));

/** The server process of one of our implementations. */
export function serverOf(implementation: string, source: DownSource = "generator"): Program {
  return { file, args: ["server", implementation, source] };
}

/** The process of an instrument: a client that is nobody's, to measure a server alone. */
export function instrument(name: "drain" | "pause" | "idle" | "stall", port: number, task: object): Program {
  return { file, args: ["instrument", name, String(port), JSON.stringify(task)] };
}

/** A client process of one of our implementations. */
export function clientOf(implementation: string, port: number, work: Work, amount: Amount): Program {
  return { file, args: ["client", implementation, String(port), JSON.stringify({ ...work, ...amount })] };
}

/** One of our implementations on both sides. */
export function endToEnd(implementation: string, work: Work, name = implementation): Subject {
  return {
    name,
    server: serverOf(implementation),
    client: (port, amount) => clientOf(implementation, port, work, amount),
  };
}

/** The same work with clients that are nobody's: all members on one core would be slower than the server they wait for. */
export function withRawClients(subject: Pick<Subject, "name" | "server">, work: Work): Subject {
  return { ...subject, client: (port, amount) => clientOf("http2", port, work, amount) };
}

/** A server of ours before a client that only takes the bytes away. */
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
