import type { Checker } from "../checking/checker.js";
import type { Command, Word } from "../protocol.js";
import type { Chance } from "./chance.js";

/** How many characters of filling a message has at most. */
const longestFilling = 500;

/**
 * A place at the table: taken by one session after another, each under a name of its own, and each through as many calls
 * as it takes.
 */
export class Place {
  readonly steady: boolean;
  /** `away`: no call; `in`: it talks; `stalled`: it has a call, and does not read. */
  state: "away" | "in" | "stalled" = "away";
  name = "";
  /** Whether its connection can be cut. */
  frail = false;
  /** Whether the next that comes will be another session. */
  sessionIsOver = true;
  readonly #id: string;
  readonly #room: string | undefined;
  #sessions = 0;
  #said = 0;

  /** @param room undefined for one that takes a room of its own with each session */
  constructor(id: string, room: string | undefined, steady: boolean) {
    this.#id = id;
    this.#room = room;
    this.steady = steady;
  }

  /** Whether others talk in its room. */
  get hasCompany(): boolean {
    return this.#room !== undefined;
  }

  /** Comes in: as a new session, or as the old one, which resumes where it can. */
  comes(checker: Checker, chance: Chance): Command {
    if (this.sessionIsOver) {
      this.#sessions += 1;
      checker.tally.sessions += 1;
      this.#said = 0;
      this.name = `${this.#id}.${this.#sessions}`;
      this.sessionIsOver = false;
    }
    this.frail = !this.steady && chance.happens(0.5);
    const resumeAfter = checker.position(this.name);
    const coming = {
      name: this.name,
      // Somebody must hear the first event of a room, which is somebody's coming in.
      history: this.steady || !this.hasCompany ? 20 : chance.whole(0, 50),
      room: this.#room ?? `of ${this.name}`,
      frail: this.frail,
      ...(resumeAfter === undefined ? {} : { resumeAfter }),
    };
    checker.comes(coming);
    return { does: "come", ...coming };
  }

  /** The next message of its session. */
  word(chance: Chance): Word {
    this.#said += 1;
    return { name: this.name, number: this.#said, length: chance.whole(1, longestFilling) };
  }
}

/** The places of a soak, dealt out to its client processes, the steady ones first. */
export function placesOf(processes: number, members: number, rooms: number): Place[][] {
  const dealt: Place[][] = Array.from({ length: processes }, () => []);
  for (let each = 0; each < members; each += 1) {
    const [process, row] = [each % processes, Math.floor(each / processes)];
    const steady = process === 0;
    // The last of each process, where there are several, has a room for itself: rooms come and go with their members.
    const alone = !steady && row > 0 && each + processes >= members;
    dealt[process]?.push(new Place(`m${each}`, alone ? undefined : `room ${row % rooms}`, steady));
  }
  return dealt;
}
