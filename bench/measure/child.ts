import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { memoryQuestion } from "./memory.js";
import { bound, type Pinning } from "./pinning.js";

/** How to start one side of a measurement: a program for Node with its arguments. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the environment of the harness. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One side of a measurement, as a process. */
export interface Child {
  /** The line of JSON that it prints. Rejects, with the end of its stderr, if it exits without one. */
  readonly said: Promise<unknown>;
  /** How many bytes it holds after a garbage collection. */
  memory(): Promise<number>;
  /** Ends the process, and settles when it is gone. */
  end(): Promise<void>;
}

const attend = new URL("attend.js", import.meta.url).href;

/** How many characters of stderr are shown when a process fails. */
const shownOfStderr = 2000;

export function startChild(program: Program, side: "server" | "client", pinning: Pinning): Child {
  const folder = mkdtempSync(join(tmpdir(), "quartet-bench-"));
  const stderrPath = join(folder, "stderr");
  // A file, because a process that logs into a pipe would wait for the harness to read it.
  const stderr = openSync(stderrPath, "w");
  const args = ["--expose-gc", `--import=${attend}`, program.file, ...program.args];
  const [command, all] = bound(pinning, side, process.execPath, args);
  const child = spawn(command, all, {
    stdio: ["ignore", "pipe", stderr, "ipc"],
    env: { ...process.env, ...program.env },
  });
  closeSync(stderr);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // Not 'exit', which may come before the last line.
    child.once("close", (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  const said = Promise.race([
    firstLine(child),
    ended.then((how) => {
      const why = readFileSync(stderrPath, "utf8").slice(-shownOfStderr);
      throw new Error(`${program.args.slice(0, 3).join(" ")}: ${how}\n${why}`);
    }),
  ]);
  // If the harness ends the process, it does not await this promise.
  said.catch(() => {});

  return {
    said,
    async memory() {
      child.send(memoryQuestion);
      const [answer] = await once(child, "message");
      return answer as number;
    },
    async end() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function firstLine(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error("stdout is not a pipe");
    createInterface(child.stdout).once("line", (line) => {
      try {
        resolve(JSON.parse(line));
      } catch (error) {
        reject(error);
      }
    });
  });
}
