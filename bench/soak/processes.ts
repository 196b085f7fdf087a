import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Batch, Command, FromClient, FromServer, Gauges, Report, ServerQuestion } from "./protocol.js";

/** The chat's server, as a process. */
export interface ServerProcess {
  readonly port: number;
  /** Settles with how it has ended, for whatever reason. */
  readonly exited: Promise<string>;
  /** What it holds at this moment, after a collection. */
  gauges(): Promise<Gauges>;
  /** Has it stop, and settles with what it held last when it has ended by itself, with its exit code. */
  drain(): Promise<{ readonly gauges: Gauges; readonly code: number | null }>;
  kill(): Promise<void>;
}

/** What becomes of the members' calls at the server. */
export type ServerNews = Extract<FromServer, { name: string }>;

/** The chat's own server. */
const chatServer = new URL("server-process.js", import.meta.url);
const clientProcess = new URL("client-process.js", import.meta.url);

/**
 * @param heard gets what becomes of the members' calls
 * @param program the server's, which calls `soaked`
 */
export async function startServer(
  heard: (message: ServerNews) => void,
  program: URL = chatServer,
): Promise<ServerProcess> {
  const child = start(program, [], "--expose-gc");
  const exited = once(child, "exit");
  const waiting: ((gauges: Gauges) => void)[] = [];
  child.on("message", (message: FromServer) => {
    if (message.says === "gauges") waiting.shift()?.(message.gauges);
    else if (message.says !== "listening") heard(message);
  });
  const ask = (question: ServerQuestion) =>
    new Promise<Gauges>((resolve) => {
      waiting.push(resolve);
      child.send(question);
    });
  const listening = new Promise<number>((resolve) => {
    child.on("message", (message: FromServer) => {
      if (message.says === "listening") resolve(message.port);
    });
  });
  const port = await Promise.race([listening, exited.then(() => undefined)]);
  if (port === undefined) throw new Error("the server's process has ended before it listened");
  return {
    port,
    exited: exited.then(([code, signal]) => `${signal ?? code}`),
    gauges: () => ask("gauges"),
    async drain() {
      const gauges = await ask("drain");
      const [code] = await exited;
      return { gauges, code };
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** A process with members. */
export interface ClientProcess {
  /** Carries out commands; settles when all are done, or the process has ended. */
  carryOut(commands: readonly Command[], overMs: number): Promise<void>;
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
}

/** @param report gets what its members report */
export async function startClient(port: number, report: (report: Report) => void): Promise<ClientProcess> {
  const child = start(clientProcess, [String(port)]);
  const waiting = new Map<number, () => void>();
  // What it has sent may still come when it has ended.
  const exited = Promise.all([once(child, "exit"), once(child, "disconnect")]).then(() => {
    for (const settle of waiting.values()) settle();
  });
  let batches = 0;
  const ready = new Promise<void>((resolve) => {
    child.on("message", (message: FromClient) => {
      if (message.says === "ready") resolve();
      else if (message.says === "reports") for (const each of message.reports) report(each);
      else waiting.get(message.batch)?.();
    });
  });
  await Promise.race([ready, exited]);
  return {
    exited,
    async carryOut(commands, overMs) {
      batches += 1;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const batch: Batch = { batch: batches, commands, overMs };
      const done = new Promise<void>((resolve) => waiting.set(batch.batch, resolve));
      // The callback takes the error of a process that has just been killed.
      child.send(batch, () => {});
      await done;
      waiting.delete(batch.batch);
    },
    signal: (signal) => void child.kill(signal),
  };
}

function start(program: URL, args: readonly string[], ...execArgv: string[]): ChildProcess {
  return fork(fileURLToPath(program), args, { execArgv });
}
