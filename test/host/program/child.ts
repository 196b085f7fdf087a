import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import type { ListeningMessage } from "../../../src/host/index.js";

/** How a program has ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string[];
  readonly stderr: string[];
}

/** A program of the fixtures as a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles when a line of stderr has `part` in it. Rejects if the program ends before. */
  stderrHas(part: string): Promise<void>;
  stdoutHas(part: string): Promise<void>;
}

/** Starts a program of the fixtures, which is killed after the test. */
export function start(program: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Child {
  const { PORT: _port, ADDRESS: _address, LOG_LEVEL: _level, ...inherited } = process.env;
  const path = fileURLToPath(new URL(`../fixtures/${program}.js`, import.meta.url));
  const child = fork(path, [...args], { silent: true, env: { ...inherited, ...env } });
  afterTheTest(() => child.kill("SIGKILL"));

  const stdout = lines(child.stdout);
  const stderr = lines(child.stderr);
  // Not 'close': Node does not emit it for a child whose IPC channel the parent has closed.
  const ended = Promise.all([once(child, "exit"), stdout.ended, stderr.ended]).then(([[code, signal]]) => ({
    code,
    signal,
    stdout: stdout.seen,
    stderr: stderr.seen,
  }));
  return { process: child, ended, stderrHas: stderr.has, stdoutHas: stdout.has };
}

/** Starts a server of the fixtures on a free port, and waits until it says that it listens. */
export async function startServer(
  program: string,
  args: readonly string[] = [],
): Promise<Child & { readonly listening: ListeningMessage }> {
  const child = start(program, ["--port", "0", ...args]);
  const [listening] = await once(child.process, "message");
  return { ...child, listening };
}

function lines(stream: NodeJS.ReadableStream | null) {
  if (stream === null) throw new Error("the child was started without pipes");
  const seen: string[] = [];
  const waiting = new Set<{ part: string; resolve(): void; reject(error: Error): void }>();
  const reader = createInterface({ input: stream });
  reader.on("line", (line) => {
    seen.push(line);
    for (const wait of waiting) if (line.includes(wait.part)) wait.resolve();
  });
  const ended = once(reader, "close").then(() => {
    for (const { part, reject } of waiting) reject(new Error(`ended without '${part}': ${seen.join("\n")}`));
  });
  return {
    seen,
    ended,
    has: (part: string) =>
      seen.some((line) => line.includes(part))
        ? Promise.resolve()
        : new Promise<void>((resolve, reject) => waiting.add({ part, resolve, reject })),
  };
}
