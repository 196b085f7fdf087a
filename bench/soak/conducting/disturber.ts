import { status } from "@grpc/grpc-js";
import type { Checker } from "../checking/checker.js";
import type { Command } from "../protocol.js";
import type { Disturbance, Settings } from "../settings.js";
import type { Chance } from "./chance.js";
import type { Crew } from "./crew.js";
import type { Place } from "./place.js";
import { Stalls, type Until } from "./stalls.js";

/** The most turns of the event loop from a last message to the end of its call, so that some get an acknowledgement. */
const mostTurns = 12;
/** The share of ended calls after which the same session returns. */
const resuming = 0.75;
/** How many members may stall at a time: the others must keep the rooms busy. */
const mostStalled = 2;
/** How many rounds a process is paused, so that its members are less than an outbox behind when it continues. */
const pausedRounds = 15;

/** The ways in which a member ends its call: the status of the call, and the reason that the others are told. */
const goings = {
  leave: { code: status.OK, reason: "QUIT" },
  // A half-close without a leave message: the others are told that the member was lost.
  "half-close": { code: status.OK, reason: "LOST" },
  cancel: { code: status.CANCELLED, reason: "LOST" },
  cut: { code: status.UNAVAILABLE, reason: "LOST" },
};
type Going = keyof typeof goings;

/** What the conductor and the disturber share. */
export interface Run {
  readonly settings: Settings;
  readonly chance: Chance;
  readonly checker: Checker;
  readonly crews: readonly Crew[];
}

/** Draws disturbances and their victims, tells the checker what may follow, and ends them in time. */
export class Disturber {
  readonly stalls: Stalls;
  readonly #run: Run;
  readonly #start: (crew: Crew) => void;
  #deck: (Disturbance | undefined)[] = [];
  #decks = 0;
  #afterRound: (() => void)[] = [];
  #killing = false;
  /** For how many more rounds a process is paused. */
  #pausedFor = 0;

  /** @param start makes a new process for a crew whose process was killed */
  constructor(run: Run, start: (crew: Crew) => void) {
    this.#run = run;
    this.stalls = new Stalls(run.checker);
    this.#start = start;
  }

  /** How many times the deck has been drawn to its end. */
  get decks(): number {
    return this.#deck.length === 0 ? this.#decks : this.#decks - 1;
  }

  /** Whether a member is stalled, or a process is stopped or missing. */
  get isBusy(): boolean {
    return this.#isCrewOut || this.stalls.size > 0;
  }

  /** Whether a process is stopped or missing. Only one may be, because the others must keep the rooms busy. */
  get #isCrewOut(): boolean {
    return this.#killing || this.#run.crews.some(({ state }) => state !== "running");
  }

  /** Draws a disturbance. If it fits no member now, it goes to the bottom of the deck. */
  disturb(): [Place, Command][] {
    const { chance, settings, checker } = this.#run;
    if (this.#deck.length === 0) {
      this.#deck = chance.shuffled(settings.deck);
      this.#decks += 1;
    }
    for (let left = this.#deck.length; left > 0; left -= 1) {
      const drawn = this.#deck.shift();
      if (drawn === undefined) return [];
      const commands = this.#play(drawn);
      if (commands !== undefined) {
        checker.tally[drawn] += 1;
        return commands;
      }
      this.#deck.push(drawn);
    }
    return [];
  }

  /** Wakes the members that have stalled for long enough. @throws BrokenPromise if the server did not react to them */
  relieve(): [Place, Command][] {
    this.stalls.check();
    this.#continueStopped();
    return this.stalls.due.map((place) => {
      this.stalls.end(place);
      this.#afterRound.push(() => this.#callEnded(place));
      return [place, { does: "wake", name: place.name }];
    });
  }

  /** All commands of the round have been answered. */
  roundIsOver(): void {
    for (const act of this.#afterRound.splice(0)) act();
  }

  /** The member sends a last message and ends its call. After `leave` its session is over; otherwise it may return. */
  goes(place: Place, how: Going): Command {
    const { chance, checker } = this.#run;
    const { code, reason } = goings[how];
    checker.mayGo(place.name, [code], [reason]);
    this.#afterRound.push(() => (how === "leave" ? this.#endSession(place) : this.#callEnded(place)));
    return {
      does: "go",
      how: how === "cut" && chance.happens(0.5) ? "reset" : how,
      turns: how === "cancel" || how === "cut" ? chance.whole(0, mostTurns) : 0,
      ...place.nextMessage(chance),
    };
  }

  /** @returns undefined if it fits no member now */
  #play(drawn: Disturbance): [Place, Command][] | undefined {
    if (drawn === "pause" || drawn === "stop" || drawn === "kill") return this.#toCrew(drawn);
    if (drawn === "stall" && this.stalls.size >= mostStalled) return undefined;
    const { chance, crews } = this.#run;
    const running = crews.filter(({ state }) => state === "running");
    const place = chance.one(running.flatMap(({ places }) => places.filter((each) => suits(each, drawn))));
    if (place === undefined) return undefined;
    return [[place, drawn === "stall" ? this.#stalls(place) : this.goes(place, drawn)]];
  }

  #stalls(place: Place): Command {
    this.stalls.begin(place, this.#until());
    place.state = "stalled";
    return { does: "stall", name: place.name };
  }

  #toCrew(drawn: "pause" | "stop" | "kill"): [] | undefined {
    if (this.#isCrewOut) return undefined;
    const { chance, crews, settings } = this.#run;
    const crew = chance.one(
      crews.filter(
        ({ steady, places }) => !steady && (drawn === "kill" || places.every(({ state }) => state !== "stalled")),
      ),
    );
    if (crew === undefined) return undefined;
    if (drawn === "kill") {
      this.#killing = true;
      // In the middle of the round, with messages on the way.
      setTimeout(() => void this.#kill(crew), chance.whole(0, settings.roundMs));
    } else this.#afterRound.push(() => (drawn === "pause" ? this.#pause(crew) : this.#stop(crew, this.#until())));
    return [];
  }

  /** Stops the process for some rounds. The server keeps its members. */
  #pause(crew: Crew): void {
    this.#pausedFor = pausedRounds;
    crew.stop();
  }

  /** Stops the process until the server has dropped or cut its members. */
  #stop(crew: Crew, until: Until): void {
    const { checker } = this.#run;
    for (const place of crew.places) {
      if (place.state !== "in") continue;
      checker.tally.stopped += 1;
      // A member that is alone in its room gets no messages, so the server may keep it.
      if (place.hasCompany) this.stalls.begin(place, until, crew);
      else checker.mayGo(place.name, [status.UNAVAILABLE], ["LOST"]);
    }
    crew.stop();
  }

  /** Continues a process that was stopped for long enough. */
  #continueStopped(): void {
    const crew = this.#run.crews.find(({ state }) => state === "stopped");
    if (crew === undefined) return;
    const isPaused = this.#pausedFor > 0;
    if (isPaused) this.#pausedFor -= 1;
    if (isPaused ? this.#pausedFor === 0 : this.stalls.isOver(crew)) crew.continue();
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
      this.stalls.end(place);
      this.#callEnded(place);
    }
    this.#killing = false;
    this.#start(crew);
  }

  /** The call of the place's session has ended. The session may return. */
  #callEnded(place: Place): void {
    if (!this.#run.chance.happens(resuming)) this.#endSession(place);
  }

  /** The next call of the place begins a new session. */
  #endSession(place: Place): void {
    if (place.sessionIsOver) return;
    place.sessionIsOver = true;
    this.#run.checker.forget(place.name);
  }

  #until(): Until {
    const { chance, settings } = this.#run;
    return settings.untilCut && chance.happens(0.5) ? "cut" : "dropped";
  }
}

function suits({ steady, state, frail, hasCompany }: Place, drawn: Going | "stall"): boolean {
  if (steady || state !== "in") return false;
  if (drawn === "cut") return frail;
  // A member that is alone in its room gets no messages, so its outbox would never be full.
  return drawn !== "stall" || hasCompany;
}
