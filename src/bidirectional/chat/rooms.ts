import type { Outgoing } from "quartet-bridge";
import { defer, type Observable } from "rxjs";
import type { Enter, JoinResponse, LeftReason, Limits, RoomSummary } from "#gen/quartet/chat/v1/chat.js";
import type { Saying } from "./frames.js";
import { notRemembered, Room } from "./room.js";

/** The rooms of a server. A room is made by the first that enters it and forgotten with the last that leaves. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #limits: Limits;

  /** @param limits what members are told that they may */
  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many rooms there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** The fullest of them, the fullest first. */
  summaries(most: number): RoomSummary[] {
    return [...this.#rooms]
      .map(([name, { members }]) => ({ name, members }))
      .sort((a, b) => b.members - a.members)
      .slice(0, most);
  }

  /** {@link Room.join} of the room that has the name when somebody subscribes. */
  join(
    enter: Enter,
    sayings: Observable<Saying>,
    cut: () => LeftReason | undefined,
  ): Observable<Outgoing<JoinResponse>> {
    return defer(() => this.#room(enter).join(enter, sayings, cut));
  }

  #room({ room: name, resumeAfter }: Enter): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    if (resumeAfter) throw notRemembered("EPOCH_ENDED");
    const room = new Room(this.#limits, () => this.#rooms.delete(name));
    this.#rooms.set(name, room);
    return room;
  }
}
