import { BrokenPromise } from "./broken-promise.js";
import type { Place } from "./place.js";
import { type ClientProcess, startClient } from "./processes.js";
import type { Command, Report } from "./protocol.js";

/** A client process with the places of its members; when it is killed, another takes its place. */
export class Crew {
  readonly places: readonly Place[];
  state: "starting" | "running" | "stopped" = "starting";
  readonly #port: number;
  readonly #report: (report: Report) => void;
  readonly #fail: (error: unknown) => void;
  #process: ClientProcess | undefined;
  #starting: Promise<void> = Promise.resolve();
  #mayEnd = false;
  #retired = false;

  constructor(
    places: readonly Place[],
    port: number,
    report: (report: Report) => void,
    fail: (error: unknown) => void,
  ) {
    this.places = places;
    this.#port = port;
    this.#report = report;
    this.#fail = fail;
  }

  /** Nothing ever happens to its process: its members stay. */
  get steady(): boolean {
    return this.places.every(({ steady }) => steady);
  }

  /** A new process. */
  start(): Promise<void> {
    this.#starting = this.#startProcess();
    return this.#starting;
  }

  async #startProcess(): Promise<void> {
    if (this.#retired) return;
    const process = await startClient(this.#port, this.#report);
    this.#process = process;
    this.#mayEnd = false;
    this.state = "running";
    void process.exited.then(() => {
      if (!this.#mayEnd) this.#fail(new BrokenPromise("a client process has ended by itself; see above"));
    });
  }

  /** Settles when all is done, or the process has been killed. */
  async carryOut(commands: readonly Command[], overMs: number): Promise<void> {
    if (commands.length > 0) await this.#process?.carryOut(commands, overMs);
  }

  stop(): void {
    this.state = "stopped";
    this.#process?.signal("SIGSTOP");
  }

  continue(): void {
    this.state = "running";
    this.#process?.signal("SIGCONT");
  }

  /** Ends the process at once, stopped or not. */
  async kill(): Promise<void> {
    this.#mayEnd = true;
    this.state = "starting";
    this.#process?.signal("SIGKILL");
    await this.#process?.exited;
    for (const place of this.places) place.state = "away";
  }

  /** Ends the process for good. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#starting.catch(() => {});
    await this.kill();
  }
}
