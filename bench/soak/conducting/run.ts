import type { Checker } from "../checking/checker.js";
import type { Settings } from "../settings.js";
import type { Chance } from "./chance.js";
import type { Crew } from "./crew.js";
import type { Place } from "./place.js";

/** The share of ended calls after which the same session returns. */
const resuming = 0.75;

/** What the parts of a run share. */
export class Run {
  readonly settings: Settings;
  readonly chance: Chance;
  readonly checker: Checker;
  readonly crews: readonly Crew[];

  constructor(settings: Settings, chance: Chance, checker: Checker, crews: readonly Crew[]) {
    this.settings = settings;
    this.chance = chance;
    this.checker = checker;
    this.crews = crews;
  }

  /** The call of the place's session has ended. The session may return. */
  callEnded(place: Place): void {
    if (!this.chance.happens(resuming)) this.endSession(place);
  }

  /** The next call of the place begins a new session. */
  endSession(place: Place): void {
    if (place.sessionIsOver) return;
    place.sessionIsOver = true;
    this.checker.forget(place.name);
  }
}
