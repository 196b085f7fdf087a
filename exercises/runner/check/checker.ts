import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Ended, Failure, FromChecker, ToChecker } from "../../harness/protocol.js";

/** What the checks of one file have shown. */
export interface Checked {
  /** The checks that have run, in their order. The last one failed, or all passed. */
  readonly checks: readonly Ended[];
  /**
   * `not loaded`: an import threw `error`. `not exported`: the file lacks the exports in `missing`. `gone`: the learner's code
   * ended the process. `stuck`: the learner's code blocked the event loop.
   */
  readonly end: "done" | "not loaded" | "not exported" | "gone" | "stuck";
  readonly error?: Failure["error"];
  readonly missing?: readonly string[];
}

export interface CheckOptions {
  /** Gets what the learner's code prints. */
  readonly printed?: (text: string) => void;
  /** Ends the check. */
  readonly signal?: AbortSignal;
}

/** A process that is silent for so long is stuck, because it says four times a second that it lives. In milliseconds. */
const stuckMs = 4_000;

/**
 * A process that has loaded everything and waits for a file to check. It checks one file only, so that what the learner's
 * code leaves behind cannot disturb the next check.
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

  /** Checks a file, and ends the process. */
  async check(task: ToChecker, { printed = () => {}, signal }: CheckOptions = {}): Promise<Checked> {
    const end = () => this.end();
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    await this.ready;
    const child = this.#process;
    child.stdout?.setEncoding("utf8").on("data", printed);
    child.stderr?.setEncoding("utf8").on("data", printed);
    const checks: Ended[] = [];
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Checked>((resolve) => {
        const heard = () => {
          clearTimeout(timer);
          timer = setTimeout(() => resolve({ checks, end: "stuck" }), stuckMs);
        };
        heard();
        child.on("message", (message: FromChecker) => {
          heard();
          if (message.type === "check") checks.push(message);
          if (message.type === "done") resolve({ checks, end: "done" });
          if (message.type === "not exported") resolve({ checks, end: "not exported", missing: message.names });
          if (message.type === "not loaded") resolve({ checks, end: "not loaded", error: message.error });
        });
        child.once("exit", () => resolve({ checks, end: "gone" }));
        child.send(task, (error) => error && resolve({ checks, end: "gone" }));
      });
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
