import { status } from "@grpc/grpc-js";
import type { Command } from "../protocol.js";
import type { Disturbance } from "../settings.js";
import type { Crew } from "./crew.js";
import type { Place } from "./place.js";
import type { Run } from "./run.js";
import { Stalls, type Until } from "./stalls.js";

/** How many turns of the event loop a word has before its call ends: some get their acknowledgement, some do not. */
const mostTurns = 12;
/** How many may stall at a time: the others are to keep the rooms busy. */
const mostStalled = 2;
/** How many rounds a paused process stands still: its members are less than an outbox behind when it goes on. */
const pausedRounds = 15;

/** The ways in which a member goes: how its call may end then, and what the others are told. */
const goings = {
  leave: { code: status.OK, reason: "QUIT" },
  // The end of the requests is no word: the others are told that it was lost.
  "half-close": { code: status.OK, reason: "LOST" },
  cancel: { code: status.CANCELLED, reason: "LOST" },
  cut: { code: status.UNAVAILABLE, reason: "LOST" },
};
type Going = keyof typeof goings;

/** Draws what happens to whom, says what may come of it, and undoes it in time. */
export class Disturber {
  readonly stalls: Stalls;
  readonly #run: Run;
  readonly #start: (crew: Crew) => void;
  #deck: (Disturbance | undefined)[] = [];
  #decks = 0;
  #afterRound: (() => void)[] = [];
  #killing = false;
  /** For how many more rounds a paused process stands still. */
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

  /** Whether somebody is stalled, or a process stands still or is missing. */
  get isBusy(): boolean {
    return this.#isCrewOut || this.stalls.size > 0;
  }

  /** Whether a process stands still or is missing: one at a time, since the others are to keep the rooms busy. */
  get #isCrewOut(): boolean {
    return this.#killing || this.#run.crews.some(({ state }) => state !== "running");
  }

  /** Draws one; one that nobody can suffer now goes to the bottom of the deck. */
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

  /** Has those read again that have not read for long enough. @throws BrokenPromise if the server takes no notice */
  relieve(): [Place, Command][] {
    this.stalls.check();
    this.#continueStopped();
    return this.stalls.due.map((place) => {
      this.stalls.end(place);
      this.#afterRound.push(() => this.#run.callEnded(place));
      return [place, { does: "wake", name: place.name }];
    });
  }

  /** Now that everything that was asked for has been answered. */
  roundIsOver(): void {
    for (const act of this.#afterRound.splice(0)) act();
  }

  /** The member says a last word and goes; if it leaves, its session is over, else it may come back. */
  goes(place: Place, how: Going): Command {
    const { chance, checker } = this.#run;
    const { code, reason } = goings[how];
    checker.mayGo(place.name, [code], [reason]);
    this.#afterRound.push(() => (how === "leave" ? this.#run.endSession(place) : this.#run.callEnded(place)));
    return {
      does: "go",
      how: how === "cut" && chance.happens(0.5) ? "reset" : how,
      turns: how === "cancel" || how === "cut" ? chance.whole(0, mostTurns) : 0,
      ...place.word(chance),
    };
  }

  /** @returns undefined where there is nobody for it */
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
      // In the middle of the round, with words on their way.
      setTimeout(() => void this.#kill(crew), chance.whole(0, settings.roundMs));
    } else this.#afterRound.push(() => (drawn === "pause" ? this.#pause(crew) : this.#stop(crew, this.#until())));
    return [];
  }

  /** Has the process stand still for some rounds: its members stay. */
  #pause(crew: Crew): void {
    this.#pausedFor = pausedRounds;
    crew.stop();
  }

  /** Has the process stand still until the server has given its members up. */
  #stop(crew: Crew, until: Until): void {
    const { checker } = this.#run;
    for (const place of crew.places) {
      if (place.state !== "in") continue;
      checker.tally.stopped += 1;
      // In a room of its own nobody talks, and it may stay.
      if (place.hasCompany) this.stalls.begin(place, until, crew);
      else checker.mayGo(place.name, [status.UNAVAILABLE], ["LOST"]);
    }
    crew.stop();
  }

  /** Has the process go on that has stood still for long enough. */
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
      this.#run.callEnded(place);
    }
    this.#killing = false;
    this.#start(crew);
  }

  #until(): Until {
    const { chance, settings } = this.#run;
    return settings.untilCut && chance.happens(0.5) ? "cut" : "dropped";
  }
}

function suits({ steady, state, frail, hasCompany }: Place, drawn: Going | "stall"): boolean {
  if (steady || state !== "in") return false;
  if (drawn === "cut") return frail;
  // In a room of its own nobody talks, and it would not be missed.
  return drawn !== "stall" || hasCompany;
}
