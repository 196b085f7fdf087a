import { unwatchFile, watchFile } from "node:fs";
import { Checker } from "../check/checker.js";
import { type Judged, judge } from "../check/judge.js";
import type { Exercise } from "../content/exercise.js";
import { ensureWork } from "./work.js";

/** How often Node looks at the learner's file, in milliseconds. */
const lookMs = 100;

/** Checks the learner's file, one check at a time, and tells when the learner has saved the file again. */
export class FileCheck {
  readonly #saved: () => void;
  #watched = "";
  #running = new AbortController();
  /** This process has loaded everything before the next save, so that the verdict comes sooner. */
  #checker = new Checker();

  constructor(saved: () => void) {
    this.#saved = saved;
  }

  /**
   * Checks the file as it is now, and ends an earlier check. @returns undefined if a later check has begun, or all is
   * over
   */
  async run(exercise: Exercise): Promise<Judged | undefined> {
    this.#running.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    ensureWork(exercise);
    this.#watch(exercise.work);
    const checker = this.#checker;
    this.#checker = new Checker();
    const judged = await judge(exercise, { checker, signal });
    return signal.aborted ? undefined : judged;
  }

  close(): void {
    unwatchFile(this.#watched);
    this.#running.abort();
    this.#checker.end();
  }

  /**
   * Begins to watch the file, so that a file which the workshop itself has just written does not count as a save. Node
   * looks at the file itself, because WSL and network drives report no events, and an editor may replace the file.
   */
  #watch(path: string): void {
    unwatchFile(this.#watched);
    this.#watched = path;
    watchFile(path, { interval: lookMs }, ({ nlink }) => {
      // A deleted file has no links, and does not count as a save.
      if (nlink > 0) this.#saved();
    });
  }
}
