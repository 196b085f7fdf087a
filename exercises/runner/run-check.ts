import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Ended, Failure, FromChecker, ToChecker } from "../harness/protocol.js";

/** What came of the checks of one file. */
export interface Checked {
  /** Those that have run, in their order; the last one failed, or all passed. */
  readonly checks: readonly Ended[];
  /**
   * How it ended: `done`; `not loaded`, with the error of an import; `not exported`, where the file lacks what is checked;
   * `gone`, where the learner's code ended the process; `stuck`, where it did not give the processor back.
   */
  readonly end: "done" | "not loaded" | "not exported" | "gone" | "stuck";
  readonly error?: Failure["error"];
  /** What the file does not export. */
  readonly missing?: readonly string[];
}

/** How long a process may say nothing, not even that it lives, before it is taken for stuck, in milliseconds. */
const stuckMs = 4_000;

/**
 * A process that has loaded everything and waits for a file to check. It checks one, and is gone: what a learner's code
 * leaves behind cannot disturb the next one.
 */
export class Checker {
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;

  constructor() {
    const program = fileURLToPath(new URL("../harness/checker.js", import.meta.url));
    this.#process = fork(program, [], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: ["--enable-source-maps"],
    });
    this.#ready = new Promise((resolve) => {
      this.#process.once("message", () => resolve());
      this.#process.once("exit", () => resolve());
    });
  }

  /** It has loaded everything. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Checks a file. What it prints goes to `printed` as it comes.
   *
   * @param signal ends it
   */
  async check(task: ToChecker, { printed = () => {}, signal }: CheckOptions = {}): Promise<Checked> {
    await this.#ready;
    const child = this.#process;
    child.stdout?.setEncoding("utf8").on("data", printed);
    child.stderr?.setEncoding("utf8").on("data", printed);
    const checks: Ended[] = [];
    const abort = () => this.end();
    signal?.addEventListener("abort", abort);
    try {
      return await new Promise<Checked>((resolve) => {
        let timer = setTimeout(stuck, stuckMs);
        function stuck(): void {
          resolve({ checks, end: "stuck" });
        }
        child.on("message", (message: FromChecker) => {
          clearTimeout(timer);
          timer = setTimeout(stuck, stuckMs);
          if (message.type === "check") checks.push(message);
          if (message.type === "done") resolve({ checks, end: "done" });
          if (message.type === "not exported") resolve({ checks, end: "not exported", missing: message.names });
          if (message.type === "not loaded") resolve({ checks, end: "not loaded", error: message.error });
        });
        child.once("exit", () => {
          clearTimeout(timer);
          resolve({ checks, end: "gone" });
        });
        child.send(task, (error) => {
          if (error) resolve({ checks, end: "gone" });
        });
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.end();
    }
  }

  /** Ends the process, whatever it does. */
  end(): void {
    this.#process.kill("SIGKILL");
  }
}

export interface CheckOptions {
  readonly printed?: (text: string) => void;
  readonly signal?: AbortSignal;
}
