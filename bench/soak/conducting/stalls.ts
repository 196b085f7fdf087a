import { status } from "@grpc/grpc-js";
import { BrokenPromise } from "../checking/broken-promise.js";
import type { Checker } from "../checking/checker.js";
import type { Leaving } from "../checking/ledger.js";
import type { ServerNews } from "../protocol.js";
import type { Crew } from "./crew.js";
import type { Place } from "./place.js";

/** How many events a member that does not read may be behind: the outbox's 1,024, and the buffers before it. */
const mostBehind = 8192;
/** How many milliseconds the server has to cut a member that does not take its status: six times its patience. */
const cutWithinMs = 60_000;

/** How long a member does not read: until the server has dropped it, or until the server has cut its connection. */
export type Until = "dropped" | "cut";

interface Stall {
  readonly place: Place;
  readonly until: Until;
  /** The crew whose process is stopped; undefined if only this member stalls. */
  readonly crew: Crew | undefined;
  droppedAt: number | undefined;
  gone: boolean;
}

/** The members that do not read, alone or with their process, and how the server reacts to them. */
export class Stalls {
  readonly #checker: Checker;
  readonly #byName = new Map<string, Stall>();

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** The member stops reading. @param crew the crew whose process is stopped, if that is the reason */
  begin(place: Place, until: Until, crew?: Crew): void {
    // A stopped process does not answer the server's pings either, and may be LOST before it is dropped.
    const mayLeave = crew === undefined ? ["DROPPED"] : ["DROPPED", "LOST"];
    this.#checker.mayGo(place.name, [status.RESOURCE_EXHAUSTED, status.UNAVAILABLE], mayLeave);
    this.#byName.set(place.name, { place, crew, until, droppedAt: undefined, gone: false });
  }

  /** The member reads again, or its process is gone. */
  end(place: Place): void {
    this.#byName.delete(place.name);
  }

  /** The others were told that a member left. */
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

  /** @throws BrokenPromise if the server should have dropped or cut a member by now, and has not */
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

  /** Whether the server has reacted to all members of the crew's stopped process. */
  isOver(crew: Crew): boolean {
    return [...this.#byName.values()].every((stall) => stall.crew !== crew || isDue(stall));
  }

  /** The members that have stalled for long enough, and whose processes run. */
  get due(): readonly Place[] {
    const due = [...this.#byName.values()].filter((stall) => stall.crew?.state !== "stopped" && isDue(stall));
    return due.map(({ place }) => place);
  }
}

function isDue({ until, droppedAt, gone }: Stall): boolean {
  return gone || (until === "dropped" && droppedAt !== undefined);
}
