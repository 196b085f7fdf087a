import { filter, firstValueFrom } from "rxjs";
import { type Forked, start } from "../../measure/forked.js";
import { BrokenPromise } from "../checking/broken-promise.js";
import type { Batch, Command, FromClient, Report } from "../protocol.js";
import type { Place } from "./place.js";

const clientProcess = new URL("../members/client-process.js", import.meta.url);

/** A client process with the places of its members. When it is killed, a new process takes its place. */
export class Crew {
  readonly places: readonly Place[];
  state: "starting" | "running" | "stopped" = "starting";
  readonly #port: number;
  readonly #report: (report: Report) => void;
  readonly #fail: (error: unknown) => void;
  #process: Forked<FromClient> | undefined;
  #starting: Promise<void> = Promise.resolve();
  #batches = 0;
  #mayEnd = false;
  #retired = false;

  /** @param report gets what the members report */
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

  /** Whether all its members are steady, so that no disturbance may touch its process. */
  get steady(): boolean {
    return this.places.every(({ steady }) => steady);
  }

  start(): Promise<void> {
    this.#starting = this.#startProcess();
    return this.#starting;
  }

  async #startProcess(): Promise<void> {
    if (this.#retired) return;
    const process = start<FromClient>(clientProcess, [String(this.#port)]);
    process.messages$.subscribe((message) => {
      if (message.says === "reports") for (const report of message.reports) this.#report(report);
    });
    await firstValueFrom(process.messages$, { defaultValue: undefined });
    this.#process = process;
    this.#mayEnd = false;
    this.state = "running";
    void process.exited.then(() => {
      if (!this.#mayEnd)
        this.#fail(new BrokenPromise("a client process has ended unexpectedly: its output above says why"));
    });
  }

  /** Lets the members carry out commands. Settles when all are done, or the process has ended. */
  async carryOut(commands: readonly Command[], overMs: number): Promise<void> {
    if (this.#process === undefined || commands.length === 0) return;
    this.#batches += 1;
    const batch: Batch = { batch: this.#batches, commands, overMs };
    const { child, messages$ } = this.#process;
    const isDone = (message: FromClient) => message.says === "done" && message.batch === batch.batch;
    const done = firstValueFrom(messages$.pipe(filter(isDone)), { defaultValue: undefined });
    // The callback takes the error of a process that was killed a moment ago.
    child.send(batch, () => {});
    await done;
  }

  stop(): void {
    this.state = "stopped";
    this.#process?.child.kill("SIGSTOP");
  }

  continue(): void {
    this.state = "running";
    this.#process?.child.kill("SIGCONT");
  }

  /** Ends the process at once, even if it is stopped. */
  async kill(): Promise<void> {
    this.#mayEnd = true;
    this.state = "starting";
    this.#process?.child.kill("SIGKILL");
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
