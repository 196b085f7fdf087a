import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterTheTest } from "../bridge/test/harness/loopback.js";

/** How a program has ended, and what it has printed. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of `src`, such as `bidirectional/chat-client/terminal`, in a pipe, with all its `stdin`. */
export async function programOf(program: string, args: readonly string[], stdin = ""): Promise<Ran> {
  const path = fileURLToPath(new URL(`../src/${program}.js`, import.meta.url));
  const { PORT: _port, ADDRESS: _address, LOG_LEVEL: _level, ...env } = process.env;
  const child = fork(path, [...args], { silent: true, env });
  afterTheTest(() => child.kill("SIGKILL"));
  child.stdin?.end(stdin);
  return ended(child);
}

/** What a process has printed when it is over. */
export async function ended(child: ChildProcess): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => (said[name] += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}
