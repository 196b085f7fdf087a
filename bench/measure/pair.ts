import type { Measured } from "../implementations/task.js";
import { type Child, type Program, startChild } from "./child.js";
import type { Pinning } from "./pinning.js";
import type { Amount, Subject } from "./subject.js";

/** The processors for the processes, and the signal that ends them. */
export interface Machine {
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

/** Starts a server process, and ends it after `use`. */
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

/** Starts a client process, waits for its line, and ends it after `use`. */
export async function withClient<T>(
  program: Program,
  machine: Machine,
  use: (said: unknown) => T | Promise<T>,
): Promise<T> {
  return withChild(program, "client", machine, async (client) => use(await client.said));
}

/** One measurement with a new server process and a new client process. */
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
    // If the process was ended on purpose, its failure is not worth a message.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    await child.end();
  }
}
