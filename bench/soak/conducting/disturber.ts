import { status } from "@grpc/grpc-js";
import type { Crew } from "./crew.js";
import { Outages } from "./outages.js";
import type { Place } from "./place.js";
import type { Command } from "./protocol.js";
import type { Run } from "./run.js";
import type { Disturbance } from "./settings.js";
import { Stalls, type Until } from "./stalls.js";

/** How many turns of the event loop a word has before its call ends: some get their acknowledgement, some do not. */
const mostTurns = 12;
/** How many may stall at a time: the others are to keep the rooms busy. */
const mostStalled = 2;

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
  readonly #outages: Outages;
  readonly #run: Run;
  #deck: (Disturbance | undefined)[] = [];
  #decks = 0;
  #afterRound: (() => void)[] = [];

  /** @param start makes a new process for a crew whose process was killed */
  constructor(run: Run, start: (crew: Crew) => void) {
    this.#run = run;
    this.stalls = new Stalls(run.checker);
    this.#outages = new Outages(run, this.stalls, start);
  }

  /** How many times the deck has been drawn to its end. */
  get decks(): number {
    return this.#deck.length === 0 ? this.#decks : this.#decks - 1;
  }

  /** Whether somebody is stalled, or a process stands still or is missing. */
  get isBusy(): boolean {
    return this.#outages.isOne || this.stalls.size > 0;
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
    this.#outages.relieve();
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
    if (this.#outages.isOne) return undefined;
    const { chance, crews, settings } = this.#run;
    const crew = chance.one(
      crews.filter(
        ({ steady, places }) => !steady && (drawn === "kill" || places.every(({ state }) => state !== "stalled")),
      ),
    );
    if (crew === undefined) return undefined;
    if (drawn === "kill") this.#outages.kill(crew, chance.whole(0, settings.roundMs));
    else if (drawn === "pause") this.#afterRound.push(() => this.#outages.pause(crew));
    else this.#afterRound.push(() => this.#outages.stop(crew, this.#until()));
    return [];
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
