import type { Chance } from "./chance.js";
import type { Checker } from "./checker.js";
import type { Place } from "./place.js";

/** How many of those whose call has ended come back as who they were. */
const resuming = 0.75;

/** Decides, when the call of a session has ended, whether the session has. */
export class Sessions {
  readonly #checker: Checker;
  readonly #chance: Chance;

  constructor(checker: Checker, chance: Chance) {
    this.#checker = checker;
    this.#chance = chance;
  }

  /** Its call has ended, and it may come back. */
  callEnded(place: Place): void {
    if (!this.#chance.happens(resuming)) this.end(place);
  }

  /** Whoever comes next is another. */
  end(place: Place): void {
    if (place.sessionIsOver) return;
    place.endSession();
    this.#checker.forget(place.name);
  }
}
