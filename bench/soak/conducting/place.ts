import type { Checker } from "../checking/checker.js";
import type { ChatMessage, Command } from "../protocol.js";
import type { Chance } from "./chance.js";

/** The most padding characters in a message. */
const longestFilling = 500;

/** A place for a member. Several sessions take it in turn, each under its own name and with any number of calls. */
export class Place {
  readonly steady: boolean;
  /** `away`: no call; `in`: it talks; `stalled`: it has a call, and does not read. */
  state: "away" | "in" | "stalled" = "away";
  name = "";
  /** Whether its connection can be cut. */
  frail = false;
  /** Whether the next call begins a new session. */
  sessionIsOver = true;
  readonly #id: string;
  readonly #room: string | undefined;
  #sessions = 0;
  #said = 0;

  /** @param room undefined for a place whose sessions each have a room alone */
  constructor(id: string, room: string | undefined, steady: boolean) {
    this.#id = id;
    this.#room = room;
    this.steady = steady;
  }

  /** Whether others talk in its room. */
  get hasCompany(): boolean {
    return this.#room !== undefined;
  }

  /** Joins: as a new session, or as the old one, which resumes if it can. */
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
      // A member must hear the first event of each room, which is that a member joined.
      history: this.steady || !this.hasCompany ? 20 : chance.whole(0, 50),
      room: this.#room ?? `of ${this.name}`,
      frail: this.frail,
      ...(resumeAfter === undefined ? {} : { resumeAfter }),
    };
    checker.comes(coming);
    return { does: "come", ...coming };
  }

  nextMessage(chance: Chance): ChatMessage {
    this.#said += 1;
    return { name: this.name, number: this.#said, length: chance.whole(1, longestFilling) };
  }
}

/** The places of a soak for each of its client processes, the steady ones first. */
export function placesOf(processes: number, members: number, rooms: number): Place[][] {
  const dealt: Place[][] = Array.from({ length: processes }, () => []);
  for (let each = 0; each < members; each += 1) {
    const [process, row] = [each % processes, Math.floor(each / processes)];
    const steady = process === 0;
    // The last place of each process is alone in its room, so that rooms appear and disappear with their members.
    const alone = !steady && row > 0 && each + processes >= members;
    dealt[process]?.push(new Place(`m${each}`, alone ? undefined : `room ${row % rooms}`, steady));
  }
  return dealt;
}
