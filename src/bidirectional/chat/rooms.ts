import type { Outgoing } from "quartet-bridge";
import { NotRemembered } from "quartet-bridge/hub";
import type { Subscriber } from "rxjs";
import type { Enter, JoinResponse, Limits, RoomSummary } from "#gen/quartet/chat/v1/chat.js";
import { type Member, Room } from "./room.js";

/** The rooms of a server. The first member makes a room, and the room ends with its last member. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #limits: Limits;

  /** @param limits what members are told that they may do */
  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many rooms there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** The `most` fullest rooms, the fullest first. */
  summaries(most: number): RoomSummary[] {
    return [...this.#rooms]
      .map(([name, { members }]) => ({ name, members }))
      .sort((a, b) => b.members - a.members)
      .slice(0, most);
  }

  /** See {@link Room.enter}. */
  enter(enter: Enter, subscriber: Subscriber<Outgoing<JoinResponse>>): Member {
    return this.#room(enter).enter(enter, subscriber);
  }

  #room({ room: name, resumeAfter }: Enter): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    if (resumeAfter) throw new NotRemembered("EPOCH_ENDED");
    const room = new Room(this.#limits, () => this.#rooms.delete(name));
    this.#rooms.set(name, room);
    return room;
  }
}
