import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ListeningMessage } from "../server/serve.js";
import type { StopMessage } from "./stop-requests.js";

/** How long a process may take to stop before it is killed, in milliseconds. */
const stopMs = 30_000;

/**
 * A process that this one has started. It stops when the channel between them is gone, so it cannot outlive this one.
 */
export interface Child {
  /** How the process ended: its exit code, or the name of a signal. */
  readonly ended: Promise<number | string>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<number | string>;
  /** Kills it, and waits until it has ended. Its connections are cut without a goodbye. */
  kill(): Promise<number | string>;
}

/** A server that listens. */
export interface ServerChild extends Child {
  readonly address: string;
}

/** Starts a module as its own process, which prints to the same terminal. */
export function startChild(module: URL, args: readonly string[]): Child {
  return childOf(spawn(module, args));
}

/**
 * Starts a server program and waits until it listens.
 *
 * @param port 0 for a free one
 * @throws Error if the program ends instead
 */
export async function startServer(module: URL, args: readonly string[], port = 0): Promise<ServerChild> {
  const process = spawn(module, ["--port", String(port), ...args]);
  const child = childOf(process);
  const listening = new Promise<ListeningMessage>((resolve) => {
    process.on("message", (message: ListeningMessage) => {
      if (message.type === "listening") resolve(message);
    });
  });
  const first = await Promise.race([listening, child.ended]);
  if (typeof first !== "object") throw new Error(`the server ended (${first}) before it listened; see above`);
  const [address] = first.addresses;
  if (address === undefined) throw new Error("the server does not say where it listens");
  return { ...child, address };
}

function spawn(module: URL, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(module), args, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
}

function childOf(process: ChildProcess): Child {
  const ended = once(process, "exit").then(([code, signal]: (number | string | null)[]) => code ?? signal ?? 1);
  return {
    ended,
    kill() {
      process.kill("SIGKILL");
      return ended;
    },
    async stop() {
      const message: StopMessage = { type: "stop" };
      // Without the callback, the error of a process that has just ended would be thrown.
      if (process.connected) process.send(message, () => {});
      const kill = setTimeout(() => process.kill("SIGKILL"), stopMs);
      try {
        return await ended;
      } finally {
        clearTimeout(kill);
      }
    },
  };
}
