import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstValueFrom } from "rxjs";
import { start } from "./forked.js";
import { bound, type Pinning } from "./pinning.js";

/** How to start one side of a measurement: the arguments of `process.js`. */
export interface Program {
  readonly args: readonly string[];
  /** Added to the environment of the harness. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One side of a measurement, as a process. */
export interface Child {
  /** The one thing that it says. Rejects, with the end of its stderr, if it ends without that. */
  readonly said: Promise<unknown>;
  /** How many bytes it holds after a garbage collection. */
  memory(): Promise<number>;
  /** Ends the process, and settles when it is gone. */
  end(): Promise<void>;
}

const program = new URL("../process.js", import.meta.url);

/** How many characters of stderr are shown when a process fails. */
const shownOfStderr = 2000;

export function startChild({ args, env }: Program, side: "server" | "client", pinning: Pinning): Child {
  const folder = mkdtempSync(join(tmpdir(), "quartet-bench-"));
  const stderrPath = join(folder, "stderr");
  // A file, because a process that logs into a pipe would wait for the harness to read it.
  const stderr = openSync(stderrPath, "w");
  const [execPath, execArgv] = bound(pinning, side, process.execPath, ["--expose-gc"]);
  const { child, messages$, exited } = start<unknown>(program, args, {
    execPath,
    execArgv,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", stderr, "ipc"],
  });
  closeSync(stderr);
  const said = firstValueFrom(messages$).catch(async () => {
    const why = readFileSync(stderrPath, "utf8").slice(-shownOfStderr);
    throw new Error(`${args.slice(0, 3).join(" ")}: it ended with ${await exited}\n${why}`);
  });
  // If the harness ends the process, it does not await this promise.
  said.catch(() => {});

  return {
    said,
    async memory() {
      const answer = firstValueFrom(messages$);
      child.send("memory");
      return (await answer) as number;
    },
    async end() {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
