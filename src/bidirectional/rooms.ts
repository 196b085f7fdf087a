import { defer, type Observable } from "rxjs";
import type { LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { type Entrance, type Heard, NotRemembered, Room, type Saying } from "./room.js";

/** The rooms of a server. A room is made by the first that enters it and forgotten with the last that leaves. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();

  /** How many rooms there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** {@link Room.join} of the room that has the name when somebody subscribes. */
  join(
    name: string,
    entrance: Entrance,
    sayings: Observable<Saying>,
    cut: () => LeftReason | undefined,
  ): Observable<Heard> {
    return defer(() => this.#room(name, entrance).join(entrance, sayings, cut));
  }

  #room(name: string, { resumeAfter }: Entrance): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    if (resumeAfter) throw new NotRemembered("EPOCH_ENDED");
    const room = new Room(() => this.#rooms.delete(name));
    this.#rooms.set(name, room);
    return room;
  }
}
