import { status } from "@grpc/grpc-js";
import { BrokenPromise } from "../checking/broken-promise.js";
import type { Checker } from "../checking/checker.js";
import type { Leaving } from "../checking/ledger.js";
import type { ServerNews } from "../protocol.js";
import type { Crew } from "./crew.js";
import type { Place } from "./place.js";

/** How far behind a member may be that does not read, in events: the outbox's 1,024, and what is on the way to it. */
const mostBehind = 8192;
/** How long the server may take to cut who has not taken its status: six times its patience, in milliseconds. */
const cutWithinMs = 60_000;

/** How long a member does not read: until the server has dropped it, or until its patience has ended too. */
export type Until = "dropped" | "cut";

interface Stall {
  readonly place: Place;
  readonly until: Until;
  /** Whose process is stopped. */
  readonly crew: Crew | undefined;
  droppedAt: number | undefined;
  gone: boolean;
}

/** The members that do not read, by themselves or with their process, and what the server makes of them. */
export class Stalls {
  readonly #checker: Checker;
  readonly #byName = new Map<string, Stall>();

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** From now on it does not read; @param crew whose process is stopped, if it is for that */
  begin(place: Place, until: Until, crew?: Crew): void {
    // A process that stands still does not answer the server's pings either, and may be LOST before it is dropped.
    const mayLeave = crew === undefined ? ["DROPPED"] : ["DROPPED", "LOST"];
    this.#checker.mayGo(place.name, [status.RESOURCE_EXHAUSTED, status.UNAVAILABLE], mayLeave);
    this.#byName.set(place.name, { place, crew, until, droppedAt: undefined, gone: false });
  }

  /** It reads again, or is no more. */
  end(place: Place): void {
    this.#byName.delete(place.name);
  }

  /** The others have been told that somebody has left. */
  hasLeft({ name, reason }: Leaving): void {
    if (reason !== "DROPPED") return;
    this.#checker.tally.dropped += 1;
    const stall = this.#byName.get(name);
    if (stall !== undefined) stall.droppedAt = performance.now();
  }

  takeNews({ says, name }: ServerNews): void {
    if (says === "cut") this.#checker.tally.cutByServer += 1;
    const stall = this.#byName.get(name);
    if (says === "gone" && stall !== undefined) stall.gone = true;
  }

  /** @throws BrokenPromise if the server has not dropped or cut one of them that it should have by now */
  check(): void {
    for (const { place, droppedAt, gone } of this.#byName.values()) {
      if (gone) continue;
      const lag = this.#checker.lag(place.name);
      if (droppedAt === undefined && lag > mostBehind)
        throw new BrokenPromise(`${place.name} does not read, is ${lag} events behind, and has not been dropped`);
      if (droppedAt !== undefined && performance.now() - droppedAt > cutWithinMs)
        throw new BrokenPromise(`${place.name} has been dropped and does not read, and its connection is not cut`);
    }
  }

  /** Whether all that stand still with the crew's process have waited long enough. */
  isOver(crew: Crew): boolean {
    return [...this.#byName.values()].every((stall) => stall.crew !== crew || isDue(stall));
  }

  /** Those that have waited long enough, and whose processes run. */
  get due(): readonly Place[] {
    const due = [...this.#byName.values()].filter((stall) => stall.crew?.state !== "stopped" && isDue(stall));
    return due.map(({ place }) => place);
  }
}

function isDue({ until, droppedAt, gone }: Stall): boolean {
  return gone || (until === "dropped" && droppedAt !== undefined);
}
