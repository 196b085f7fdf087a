import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { Chance } from "./chance.js";
import { Checker } from "./checker.js";
import { Crew } from "./crew.js";
import { Disturber } from "./disturber.js";
import { inTime } from "./in-time.js";
import { type Place, placesOf } from "./place.js";
import type { ServerNews } from "./processes.js";
import type { Command, Report } from "./protocol.js";
import type { Settings } from "./settings.js";

/**
 * Has the members talk, round by round: a round is over when all that was said in it is acknowledged. In between they
 * come, go and are disturbed. Holds what they report against the checker's promises.
 */
export class Conductor {
  readonly checker = new Checker((leaving) => this.disturber.stalls.hasLeft(leaving));
  readonly disturber: Disturber;
  /** How old messages were when those who stay heard them, in microseconds. */
  readonly latency: RecordableHistogram = createHistogram();
  readonly #settings: Settings;
  readonly #chance: Chance;
  readonly #crews: readonly Crew[];
  readonly #byName = new Map<string, Place>();
  readonly #broken = new AbortController();
  readonly #signal: AbortSignal;
  #sessions = 0;
  /** Called after every report, by who waits for something to be heard. */
  #heardMore = () => {};

  /** @param stop ends all waiting when it aborts */
  constructor(settings: Settings, port: number, chance: Chance, stop: AbortSignal) {
    this.#settings = settings;
    this.#chance = chance;
    this.#signal = AbortSignal.any([this.#broken.signal, stop]);
    this.#crews = placesOf(settings.processes, settings.members, settings.rooms).map(
      (places) => new Crew(places, port, (report) => this.#take(report), this.fail),
    );
    this.disturber = new Disturber(settings, chance, this.checker, this.#crews, (crew) => this.#start(crew));
  }

  /** How many members are in. */
  get members(): number {
    return this.#places.filter(({ state }) => state !== "away").length;
  }

  /** How many sessions there have been. */
  get sessions(): number {
    return this.#sessions;
  }

  /** Ends all waiting with the error. */
  readonly fail = (error: unknown): void => this.#broken.abort(error);

  /** Settles as the promise does; rejects when a promise of the chat is broken, the run is stopped, or nothing comes. */
  inTime<T>(promise: Promise<T>, what: () => string): Promise<T> {
    return inTime(promise, this.#signal, what);
  }

  /** What the server says about its members. */
  readonly takeNews = (news: ServerNews): void => this.disturber.stalls.takeNews(news);

  /** Starts the processes and has all come in, those who stay first: they are there to hear all the others come. */
  async begin(): Promise<void> {
    await this.inTime(Promise.all(this.#crews.map((crew) => crew.start())), () => "the client processes");
    const [steady, ...others] = this.#crews;
    for (const crews of [steady ? [steady] : [], others]) {
      await this.#carryOut(crews.map((crew) => [crew, crew.places.map((place) => this.#comes(place))]));
    }
  }

  /** One round. @param disturbed whether something may happen to somebody */
  async round(disturbed: boolean): Promise<void> {
    const began = performance.now();
    const commands = new Map<Place, Command>(disturbed ? this.disturber.disturb() : []);
    for (const [place, command] of this.disturber.relieve()) commands.set(place, command);
    for (const { state, places } of this.#crews) {
      if (state !== "running") continue;
      for (const place of places) {
        if (place.state !== "away" || commands.has(place)) continue;
        if (!disturbed || this.#chance.happens(this.#settings.returns)) commands.set(place, this.#comes(place));
      }
    }
    const talkers = this.#crews.flatMap(({ state, places }) =>
      state === "running" ? places.filter((place) => place.state === "in" && !commands.has(place)) : [],
    );
    const said: [Place, Command][] = [];
    for (let each = 0; each < this.#settings.messagesPerRound; each += 1) {
      const place = this.#chance.one(talkers);
      if (place) said.push([place, { does: "say", ...place.word(this.#chance) }]);
    }
    const all = [...commands, ...said];
    await this.#carryOut(
      this.#crews.map((crew) => [crew, all.filter(([place]) => crew.places.includes(place)).map(([, each]) => each)]),
    );
    this.disturber.roundIsOver();
    await this.inTime(wait(Math.max(0, began + this.#settings.roundMs - performance.now())), () => "the clock");
  }

  /** Talks on, until all are back and read again; then is silent, until all have heard all. */
  async settle(): Promise<void> {
    const isSettled = () => !this.disturber.isBusy && this.#places.every(({ state }) => state === "in");
    while (!isSettled()) await this.round(false);
    await this.inTime(
      new Promise<void>((resolve) => {
        this.#heardMore = () => {
          if (this.#behind() === undefined) resolve();
        };
        this.#heardMore();
      }),
      () => this.#behind() ?? "nobody",
    );
    this.#heardMore = () => {};
  }

  /** All say that they leave. */
  async end(): Promise<void> {
    const leaving = this.#crews.map(
      (crew) => [crew, crew.places.map((place) => this.disturber.leaves(place))] as const,
    );
    await this.#carryOut(leaving);
  }

  /** Ends the processes, and starts no more. */
  async kill(): Promise<void> {
    await Promise.all(this.#crews.map((crew) => crew.retire()));
  }

  get #places(): readonly Place[] {
    return this.#crews.flatMap(({ places }) => places);
  }

  /** Who has not heard everything, in words. */
  #behind(): string | undefined {
    for (const { name } of this.#places) {
      const lag = this.checker.lag(name);
      if (lag > 0) return `the last ${lag} events that ${name} has to hear`;
    }
    for (const { name, hasCompany } of this.#places) {
      if (hasCompany && !this.checker.isPresent(name)) return `${name}, of whom nobody has heard that it is in`;
    }
    return this.checker.unheard;
  }

  #comes(place: Place): Command {
    const command = place.comes(this.checker, this.#chance);
    if (!this.#byName.has(place.name)) this.#sessions += 1;
    for (const [name, known] of this.#byName) if (known === place) this.#byName.delete(name);
    this.#byName.set(place.name, place);
    return command;
  }

  async #carryOut(work: readonly (readonly [Crew, readonly Command[]])[]): Promise<void> {
    const done = work.map(([crew, commands]) => crew.carryOut(commands, this.#settings.roundMs * 0.8));
    await this.inTime(Promise.all(done), () => JSON.stringify(work.flatMap(([, commands]) => commands)).slice(0, 500));
  }

  #start(crew: Crew): void {
    crew.start().catch(this.fail);
  }

  #take(report: Report): void {
    try {
      this.checker.take(report);
    } catch (error) {
      this.fail(error);
      return;
    }
    const place = this.#byName.get(report.name);
    if (place === undefined) return;
    if (report.is === "entered") place.state = "in";
    if (report.is === "ended") place.state = "away";
    if (report.is === "heard" && place.steady) {
      for (const [, , age] of report.events) if (age !== null) this.latency.record(Math.max(1, age));
    }
    this.#heardMore();
  }
}
