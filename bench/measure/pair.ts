import type { Measured } from "../implementations/task.js";
import { type Child, type Program, startChild } from "./child.js";
import type { Pinning } from "./pinning.js";
import type { Amount, Subject } from "./subject.js";

/** Where processes run, and until when. */
export interface Machine {
  readonly pinning: Pinning;
  /** Ends the processes that run when it aborts. */
  readonly signal: AbortSignal;
}

/** A server process that listens, for as long as `use` takes. */
export async function withServer<T>(
  program: Program,
  machine: Machine,
  use: (port: number, server: Child) => Promise<T>,
): Promise<T> {
  return withChild(program, "server", machine, async (server) => {
    const { port } = (await server.said) as { readonly port: number };
    return use(port, server);
  });
}

/** A client process that has said its line, for as long as `use` takes. */
export async function withClient<T>(
  program: Program,
  machine: Machine,
  use: (said: unknown) => T | Promise<T>,
): Promise<T> {
  return withChild(program, "client", machine, async (client) => use(await client.said));
}

/** One measurement: a server and a client that have lived for nothing else. */
export function measureOnce(subject: Subject, amount: Amount, machine: Machine): Promise<Measured> {
  return withServer(subject.server, machine, (port) => {
    const measured = () => withClient(subject.client(port, amount), machine, (said) => said as Measured);
    return subject.beside ? withClient(subject.beside(port), machine, measured) : measured();
  });
}

async function withChild<T>(
  program: Program,
  side: "server" | "client",
  { pinning, signal }: Machine,
  use: (child: Child) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const child = startChild(program, side, pinning);
  const end = () => void child.end();
  signal.addEventListener("abort", end, { once: true });
  try {
    return await use(child);
  } catch (error) {
    // What fails because its process was ended says nothing of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    await child.end();
  }
}
