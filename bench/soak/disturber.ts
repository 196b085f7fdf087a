import { status } from "@grpc/grpc-js";
import type { Chance } from "./chance.js";
import type { Checker } from "./checker.js";
import type { Crew } from "./crew.js";
import { Outages } from "./outages.js";
import type { Place } from "./place.js";
import type { Command } from "./protocol.js";
import { Sessions } from "./sessions.js";
import type { Disturbance, Settings } from "./settings.js";
import { Stalls, type Until } from "./stalls.js";

/** How many turns of the event loop a word has before its call ends: some get their acknowledgement, some do not. */
const mostTurns = 12;
/** How many may stall at a time: the others are to keep the rooms busy. */
const mostStalled = 2;
type ToCrew = "pause" | "stop" | "kill";
type ToOne = Exclude<Disturbance, ToCrew>;

/** Draws what happens to whom, says what may come of it, and undoes it in time. */
export class Disturber {
  /** How often what has happened. */
  readonly done: Record<Disturbance, number> = {
    leave: 0,
    "half-close": 0,
    cancel: 0,
    cut: 0,
    stall: 0,
    pause: 0,
    stop: 0,
    kill: 0,
  };
  readonly stalls: Stalls;
  readonly outages: Outages;
  readonly #settings: Settings;
  readonly #chance: Chance;
  readonly #checker: Checker;
  readonly #crews: readonly Crew[];
  readonly #sessions: Sessions;
  #deck: (Disturbance | undefined)[] = [];
  #decks = 0;
  #afterRound: (() => void)[] = [];

  /** @param start makes a new process for a crew whose process was killed */
  constructor(
    settings: Settings,
    chance: Chance,
    checker: Checker,
    crews: readonly Crew[],
    start: (crew: Crew) => void,
  ) {
    this.#settings = settings;
    this.#chance = chance;
    this.#checker = checker;
    this.#crews = crews;
    this.#sessions = new Sessions(checker, chance);
    this.stalls = new Stalls(checker);
    this.outages = new Outages(checker, crews, this.stalls, this.#sessions, start);
  }

  /** How many times the deck has been drawn to its end. */
  get decks(): number {
    return this.#deck.length === 0 ? this.#decks : this.#decks - 1;
  }

  /** Whether somebody is stalled, or a process stands still or is missing. */
  get isBusy(): boolean {
    return this.outages.isOne || this.stalls.size > 0;
  }

  /** Draws one; one that nobody can suffer now goes to the bottom of the deck. */
  disturb(): [Place, Command][] {
    if (this.#deck.length === 0) {
      this.#deck = this.#chance.shuffled(this.#settings.deck);
      this.#decks += 1;
    }
    for (let left = this.#deck.length; left > 0; left -= 1) {
      const drawn = this.#deck.shift();
      const commands = drawn === undefined ? [] : this.#play(drawn);
      if (commands !== undefined) return commands;
      this.#deck.push(drawn);
    }
    return [];
  }

  /** Has those read again that have not read for long enough. @throws BrokenPromise if the server takes no notice */
  relieve(): [Place, Command][] {
    this.stalls.check();
    this.outages.relieve();
    return this.stalls.due.map((place) => {
      this.stalls.end(place);
      this.#afterRound.push(() => this.#sessions.callEnded(place));
      return [place, { does: "wake", name: place.name }];
    });
  }

  /** Now that everything that was asked for has been answered. */
  roundIsOver(): void {
    for (const act of this.#afterRound.splice(0)) act();
  }

  /** The member means to go, and its session is over. */
  leaves(place: Place): Command {
    this.#checker.mayGo(place.name, [status.OK], ["QUIT"]);
    return { does: "leave", ...place.word(this.#chance) };
  }

  #play(drawn: Disturbance): [Place, Command][] | undefined {
    const commands = this.#try(drawn);
    if (commands !== undefined) this.done[drawn] += 1;
    return commands;
  }

  /** @returns undefined where there is nobody for it */
  #try(drawn: Disturbance): [Place, Command][] | undefined {
    if (drawn === "pause" || drawn === "stop" || drawn === "kill") return this.#toCrew(drawn);
    if (drawn === "stall" && this.stalls.size >= mostStalled) return undefined;
    const place = this.#chance.one(
      this.#crews.flatMap(({ state, places }) =>
        state === "running" ? places.filter((each) => suits(each, drawn)) : [],
      ),
    );
    return place && [[place, this.#toOne(place, drawn)]];
  }

  #toOne(place: Place, drawn: ToOne): Command {
    switch (drawn) {
      case "leave":
        this.#afterRound.push(() => this.#sessions.end(place));
        return this.leaves(place);
      case "half-close":
        // The end of the requests is no word: the others are told that it was lost.
        this.#goes(place, [status.OK]);
        return { does: "half-close", ...place.word(this.#chance) };
      case "cancel":
        this.#goes(place, [status.CANCELLED]);
        return { does: "cancel", turns: this.#chance.whole(0, mostTurns), ...place.word(this.#chance) };
      case "cut":
        this.#goes(place, [status.UNAVAILABLE]);
        return {
          does: "cut",
          turns: this.#chance.whole(0, mostTurns),
          reset: this.#chance.happens(0.5),
          ...place.word(this.#chance),
        };
      case "stall":
        this.stalls.begin(place, this.#until());
        place.state = "stalled";
        return { does: "stall", name: place.name };
    }
  }

  #toCrew(drawn: ToCrew): [] | undefined {
    if (this.outages.isOne) return undefined;
    const crew = this.#chance.one(
      this.#crews.filter(
        ({ steady, places }) => !steady && (drawn === "kill" || places.every(({ state }) => state !== "stalled")),
      ),
    );
    if (crew === undefined) return undefined;
    if (drawn === "kill") this.outages.kill(crew, this.#chance.whole(0, this.#settings.roundMs));
    else if (drawn === "pause") this.#afterRound.push(() => this.outages.pause(crew));
    else this.#afterRound.push(() => this.outages.stop(crew, this.#until()));
    return [];
  }

  #until(): Until {
    return this.#settings.untilCut && this.#chance.happens(0.5) ? "cut" : "dropped";
  }

  #goes(place: Place, mayEnd: readonly status[]): void {
    this.#checker.mayGo(place.name, mayEnd, ["LOST"]);
    this.#afterRound.push(() => this.#sessions.callEnded(place));
  }
}

function suits({ steady, state, frail, hasCompany }: Place, drawn: ToOne): boolean {
  if (steady || state !== "in") return false;
  if (drawn === "cut") return frail;
  // In a room of its own nobody talks, and it would not be missed.
  return drawn !== "stall" || hasCompany;
}
