import { status } from "@grpc/grpc-js";
import type { Crew } from "./crew.js";
import type { Run } from "./run.js";
import type { Stalls, Until } from "./stalls.js";

/** How many rounds a paused process stands still: its members are less than an outbox behind when it goes on. */
const pausedRounds = 15;

/** What happens to whole processes: one at a time, since the others are to keep the rooms busy. */
export class Outages {
  readonly #run: Run;
  readonly #stalls: Stalls;
  readonly #start: (crew: Crew) => void;
  #killing = false;
  /** For how many more rounds a paused process stands still. */
  #pausedFor = 0;

  /** @param start makes a new process for a crew whose process was killed */
  constructor(run: Run, stalls: Stalls, start: (crew: Crew) => void) {
    this.#run = run;
    this.#stalls = stalls;
    this.#start = start;
  }

  /** Whether a process stands still or is missing. */
  get isOne(): boolean {
    return this.#killing || this.#run.crews.some(({ state }) => state !== "running");
  }

  /** Kills the process in `delayMs`: in the middle of the round, with words on their way. */
  kill(crew: Crew, delayMs: number): void {
    this.#killing = true;
    setTimeout(() => void this.#kill(crew), delayMs);
  }

  /** Has the process stand still for some rounds: its members stay. */
  pause(crew: Crew): void {
    this.#pausedFor = pausedRounds;
    crew.stop();
  }

  /** Has the process stand still until the server has given its members up. */
  stop(crew: Crew, until: Until): void {
    const { checker } = this.#run;
    for (const place of crew.places) {
      if (place.state !== "in") continue;
      checker.tally.stopped += 1;
      // In a room of its own nobody talks, and it may stay.
      if (place.hasCompany) this.#stalls.begin(place, until, crew);
      else checker.mayGo(place.name, [status.UNAVAILABLE], ["LOST"]);
    }
    crew.stop();
  }

  /** Has the process go on that has stood still for long enough. */
  relieve(): void {
    const crew = this.#run.crews.find(({ state }) => state === "stopped");
    if (crew === undefined) return;
    const isPaused = this.#pausedFor > 0;
    if (isPaused) this.#pausedFor -= 1;
    if (isPaused ? this.#pausedFor === 0 : this.#stalls.isOver(crew)) crew.continue();
  }

  async #kill(crew: Crew): Promise<void> {
    const { checker } = this.#run;
    for (const place of crew.places) {
      if (place.sessionIsOver) continue;
      if (place.state !== "away") checker.tally.killed += 1;
      checker.mayGo(place.name, [], ["LOST"]);
    }
    await crew.kill();
    for (const place of crew.places) {
      this.#stalls.end(place);
      this.#run.callEnded(place);
    }
    this.#killing = false;
    this.#start(crew);
  }
}
