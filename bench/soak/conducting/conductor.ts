import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { filter, firstValueFrom, map, merge, ReplaySubject, Subject, startWith, timer } from "rxjs";
import { BrokenPromise } from "../checking/broken-promise.js";
import { Checker } from "../checking/checker.js";
import type { Command, Report } from "../protocol.js";
import type { Settings } from "../settings.js";
import type { Chance } from "./chance.js";
import { Crew } from "./crew.js";
import { Disturber, type Run } from "./disturber.js";
import { type Place, placesOf } from "./place.js";

/** After this many milliseconds without an answer, silence is a failure. It does not measure speed. */
const patienceMs = 60_000;

/**
 * Makes the members talk in rounds. A round is over when all its messages are acknowledged. Between messages members
 * join, leave and are disturbed. The checker compares their reports with the chat's promises.
 */
export class Conductor {
  readonly checker = new Checker((leaving) => this.disturber.stalls.hasLeft(leaving));
  readonly disturber: Disturber;
  /** The age of messages when the steady members heard them, in microseconds. */
  readonly latency: RecordableHistogram = createHistogram();
  readonly #run: Run;
  /** Fails when the run must end, and all waits with it. */
  readonly #end$ = new ReplaySubject<never>();
  readonly #reported$ = new Subject<void>();

  constructor(settings: Settings, port: number, chance: Chance) {
    const crews = placesOf(settings.processes, settings.members, settings.rooms).map(
      (places) => new Crew(places, port, (report) => this.#take(places, report), this.fail),
    );
    this.#run = { settings, chance, checker: this.checker, crews };
    this.disturber = new Disturber(this.#run, (crew) => void crew.start().catch(this.fail));
  }

  /** How many members are in their rooms. */
  get members(): number {
    return this.#places.filter(({ state }) => state !== "away").length;
  }

  /** Ends all waits with the error. */
  readonly fail = (error: unknown): void => this.#end$.error(error);

  /**
   * Settles as the promise does. Rejects if a promise of the chat is broken, the run is stopped, or no answer comes.
   */
  inTime<T>(promise: Promise<T>, what: () => string): Promise<T> {
    const silence$ = timer(patienceMs).pipe(
      map((): never => {
        throw new BrokenPromise(`no answer for a minute: ${what()}`);
      }),
    );
    return firstValueFrom(merge(promise, this.#end$, silence$));
  }

  /** Starts the processes and lets all members join, the steady ones first, so that they hear all the others join. */
  async begin(): Promise<void> {
    const { crews } = this.#run;
    await this.inTime(Promise.all(crews.map((crew) => crew.start())), () => "the client processes");
    for (const first of [true, false])
      await this.#carryOut(
        this.#places.filter(({ steady }) => steady === first).map((place) => [place, this.#comes(place)]),
      );
  }

  /** One round. @param disturbed whether disturbances happen */
  async round(disturbed: boolean): Promise<void> {
    const began = performance.now();
    const { settings, chance, crews } = this.#run;
    const commands = new Map<Place, Command>(disturbed ? this.disturber.disturb() : []);
    for (const [place, command] of this.disturber.relieve()) commands.set(place, command);
    const running = crews.filter(({ state }) => state === "running").flatMap(({ places }) => places);
    for (const place of running) {
      if (place.state !== "away" || commands.has(place)) continue;
      if (!disturbed || chance.happens(settings.returns)) commands.set(place, this.#comes(place));
    }
    const talkers = running.filter((place) => place.state === "in" && !commands.has(place));
    const said: [Place, Command][] = [];
    for (let each = 0; each < settings.messagesPerRound; each += 1) {
      const place = chance.one(talkers);
      if (place) said.push([place, { does: "say", ...place.nextMessage(chance) }]);
    }
    await this.#carryOut([...commands, ...said]);
    this.disturber.roundIsOver();
    await this.inTime(wait(Math.max(0, began + settings.roundMs - performance.now())), () => "the clock");
  }

  /** Continues until all members are back and read, and then is silent until all have heard all events. */
  async settle(): Promise<void> {
    const isSettled = () => !this.disturber.isBusy && this.#places.every(({ state }) => state === "in");
    while (!isSettled()) await this.round(false);
    const isHeard = () => this.#behind() === undefined;
    const heard = firstValueFrom(this.#reported$.pipe(startWith(undefined), filter(isHeard)));
    await this.inTime(heard, () => this.#behind() ?? "no member");
  }

  async end(): Promise<void> {
    await this.#carryOut(this.#places.map((place) => [place, this.disturber.goes(place, "leave")]));
  }

  /** Ends the processes, and starts no more. */
  async kill(): Promise<void> {
    await Promise.all(this.#run.crews.map((crew) => crew.retire()));
  }

  get #places(): readonly Place[] {
    return this.#run.crews.flatMap(({ places }) => places);
  }

  /** A member that has not heard everything, in words; undefined if there is none. */
  #behind(): string | undefined {
    for (const { name } of this.#places) {
      const lag = this.checker.lag(name);
      if (lag > 0) return `the last ${lag} events that ${name} has to hear`;
    }
    for (const { name, hasCompany } of this.#places) {
      if (hasCompany && !this.checker.isPresent(name)) return `no member has heard that ${name} joined`;
    }
    return this.checker.unheard;
  }

  #comes(place: Place): Command {
    return place.comes(this.checker, this.#run.chance);
  }

  /** Sends each crew its members' commands. Settles when all are done. */
  async #carryOut(work: readonly (readonly [Place, Command])[]): Promise<void> {
    const { crews, settings } = this.#run;
    const done = crews.map((crew) => {
      const commands = work.filter(([place]) => crew.places.includes(place)).map(([, command]) => command);
      return crew.carryOut(commands, settings.roundMs * 0.8);
    });
    await this.inTime(Promise.all(done), () => JSON.stringify(work.map(([, command]) => command)).slice(0, 500));
  }

  #take(places: readonly Place[], report: Report): void {
    try {
      this.checker.take(report);
    } catch (error) {
      this.fail(error);
      return;
    }
    const place = places.find(({ name }) => name === report.name);
    if (place === undefined) return;
    if (report.is === "entered") place.state = "in";
    if (report.is === "ended") place.state = "away";
    if (report.is === "heard" && place.steady) {
      for (const [, , age] of report.events) if (age !== null) this.latency.record(Math.max(1, age));
    }
    this.#reported$.next();
  }
}
