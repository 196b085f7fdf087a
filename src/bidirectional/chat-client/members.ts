import type { JoinResponse } from "#gen/quartet/chat/v1/chat.js";

/** Who is in a room, as far as a member of it has heard. */
export class Members {
  #names = new Set<string>();
  /** Up to here the names know what has happened. */
  #known = 0;

  /** In the order in which they came in. */
  get names(): string[] {
    return [...this.#names];
  }

  heard({ frame }: JoinResponse): void {
    if (frame?.$case === "welcome") {
      this.#names = new Set(frame.welcome.members);
      this.#known = frame.welcome.cursor?.sequence ?? 0;
    }
    if (frame?.$case !== "events") return;
    for (const { sequence, what } of frame.events.events) {
      // The past comes behind the welcome, which is newer.
      if (sequence <= this.#known) continue;
      if (what?.$case === "joined") this.#names.add(what.joined.name);
      if (what?.$case === "left") this.#names.delete(what.left.name);
    }
  }
}
