import { status } from "@grpc/grpc-js";
import type { Checker } from "./checker.js";
import type { Crew } from "./crew.js";
import type { Sessions } from "./sessions.js";
import type { Stalls, Until } from "./stalls.js";

/** How many rounds a paused process stands still: its members are less than an outbox behind when it goes on. */
const pausedRounds = 15;

/** What happens to whole processes: one at a time, since the others are to keep the rooms busy. */
export class Outages {
  /** Members whose process was killed. */
  killed = 0;
  /** Members whose process was stopped until the server had given them up. */
  stopped = 0;
  readonly #checker: Checker;
  readonly #crews: readonly Crew[];
  readonly #stalls: Stalls;
  readonly #sessions: Sessions;
  readonly #start: (crew: Crew) => void;
  #killing = false;
  #paused: { readonly crew: Crew; rounds: number } | undefined;

  /** @param start makes a new process for a crew whose process was killed */
  constructor(
    checker: Checker,
    crews: readonly Crew[],
    stalls: Stalls,
    sessions: Sessions,
    start: (crew: Crew) => void,
  ) {
    this.#checker = checker;
    this.#crews = crews;
    this.#stalls = stalls;
    this.#sessions = sessions;
    this.#start = start;
  }

  /** Whether a process stands still or is missing. */
  get isOne(): boolean {
    return this.#killing || this.#crews.some(({ state }) => state !== "running");
  }

  /** Kills the process in `delayMs`: in the middle of the round, with words on their way. */
  kill(crew: Crew, delayMs: number): void {
    this.#killing = true;
    setTimeout(() => void this.#kill(crew), delayMs);
  }

  /** Has the process stand still for some rounds: its members stay. */
  pause(crew: Crew): void {
    this.#paused = { crew, rounds: pausedRounds };
    crew.stop();
  }

  /** Has the process stand still until the server has given its members up. */
  stop(crew: Crew, until: Until): void {
    for (const place of crew.places) {
      if (place.state !== "in") continue;
      this.stopped += 1;
      // In a room of its own nobody talks, and it may stay.
      if (place.hasCompany) this.#stalls.begin(place, until, crew);
      else this.#checker.mayGo(place.name, [status.UNAVAILABLE], ["LOST"]);
    }
    crew.stop();
  }

  /** Has the process go on that has stood still for long enough. */
  relieve(): void {
    const crew = this.#crews.find(({ state }) => state === "stopped");
    if (crew === undefined) return;
    if (this.#paused !== undefined) {
      this.#paused.rounds -= 1;
      if (this.#paused.rounds > 0) return;
      this.#paused = undefined;
      crew.continue();
    } else if (this.#stalls.isOver(crew)) {
      crew.continue();
    }
  }

  async #kill(crew: Crew): Promise<void> {
    for (const place of crew.places) {
      if (place.sessionIsOver) continue;
      if (place.state !== "away") this.killed += 1;
      this.#checker.mayGo(place.name, [], ["LOST"]);
    }
    await crew.kill();
    for (const place of crew.places) {
      this.#stalls.end(place);
      this.#sessions.callEnded(place);
    }
    this.#killing = false;
    this.#start(crew);
  }
}
