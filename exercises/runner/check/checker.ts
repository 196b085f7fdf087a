import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { End, Ended, FromChecker, ToChecker } from "../../harness/protocol.js";

/** What the checks of one file have shown. */
export interface Checked extends Omit<End, "end"> {
  /** The checks that have run, in their order. The last one failed, or all passed. */
  readonly checks: readonly Ended[];
  /** Also `gone`, if the learner's code ended the process, and `stuck`, if it blocked the event loop. */
  readonly end: End["end"] | "gone" | "stuck";
  /** What the learner's code has printed. */
  readonly printed: string;
}

/**
 * A process that is silent for this many milliseconds is stuck, because it reports four times a second that it lives.
 */
const stuckMs = 4_000;

/**
 * A process that has loaded everything and waits for a file to check. It checks one file only, so that what the
 * learner's code leaves behind cannot disturb the next check.
 */
export class Checker {
  readonly #process: ChildProcess;
  /** Settles when the process has loaded everything. */
  readonly ready: Promise<unknown>;

  constructor() {
    this.#process = fork(fileURLToPath(new URL("../../harness/checker.js", import.meta.url)), [], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: ["--enable-source-maps"],
    });
    this.ready = Promise.race([once(this.#process, "message"), once(this.#process, "exit")]);
  }

  /** Checks a file, and ends the process. `signal` ends it earlier. */
  async check(task: ToChecker, signal?: AbortSignal): Promise<Checked> {
    const end = () => this.end();
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    await this.ready;
    const child = this.#process;
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
    const checks: Ended[] = [];
    let timer: NodeJS.Timeout | undefined;
    try {
      const seen = await new Promise<Omit<Checked, "printed">>((resolve) => {
        const heard = () => {
          clearTimeout(timer);
          timer = setTimeout(() => resolve({ checks, end: "stuck" }), stuckMs);
        };
        heard();
        child.on("message", (message: FromChecker) => {
          heard();
          if (message.type === "check") checks.push(message);
          if (message.type === "end") resolve({ ...message, checks });
        });
        child.once("exit", () => resolve({ checks, end: "gone" }));
        child.send(task, (error) => error && resolve({ checks, end: "gone" }));
      });
      // What was printed before the last message may be read after it, in the same turn of the event loop.
      await setImmediate();
      return { ...seen, printed };
    } finally {
      child.removeAllListeners("message");
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      end();
    }
  }

  /** Ends the process, whatever it is doing. */
  end(): void {
    this.#process.kill("SIGKILL");
  }
}
