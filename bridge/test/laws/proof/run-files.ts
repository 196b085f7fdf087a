import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./law.js";
import type { Runtime } from "./node-versions.js";

const program = fileURLToPath(new URL("run-file.js", import.meta.url));

/** The report of the process that ran a file of law tests. */
export interface FileReport {
  readonly tests: number;
  readonly failures: readonly { readonly title: string; readonly error: string }[];
  readonly outcomes: readonly Outcome[];
}

/** How to run a file of law tests. */
export interface RunOptions {
  readonly runtime: Runtime;
  readonly env: NodeJS.ProcessEnv;
  /** Arguments for run-file.ts after the file. */
  readonly args?: readonly string[];
  /** After this many milliseconds the process is killed: in an endless loop its own watchdog cannot run. */
  readonly killMs?: number;
}

/** Runs a file of law tests in its own process. */
export async function runFile(file: string, { runtime, env, args = [], killMs }: RunOptions): Promise<FileReport> {
  const child = fork(program, [file, ...args], {
    execPath: runtime.path,
    execArgv: ["--enable-source-maps"],
    env: { ...process.env, ...env },
    silent: true,
    ...(killMs !== undefined && { timeout: killMs, killSignal: "SIGKILL" }),
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  let report: FileReport | undefined;
  child.on("message", (message) => (report = message as FileReport));
  const [code, signal] = await once(child, "close");
  const failures = report?.failures ?? [{ title: basename(file), error: `its process ended with ${signal ?? code}` }];
  return {
    tests: report?.tests ?? 0,
    outcomes: report?.outcomes ?? [],
    failures: failures.map(({ title, error }) => ({ title, error: `${error}\n${said}`.trimEnd() })),
  };
}

/** Calls `work` for each item, as many at a time as there are processors. @returns the results, in order */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  async function worker(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
