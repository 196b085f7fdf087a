import { figure, whole } from "../report/figures.js";
import type { Outcome } from "./outcome.js";
import type { Gauges } from "./protocol.js";

/** How far a run is. */
export interface Standing {
  readonly outcome: Outcome;
  /** How many are in. */
  readonly members: number;
  readonly gauges: Gauges;
}

/** Tells a person how far a run is. */
export interface Progress {
  readonly everyMs: number;
  show(standing: Standing): void;
}

/** A line on stderr, every ten seconds. */
export const progress: Progress = {
  everyMs: 10_000,
  show({ outcome: { seconds, tally }, members, gauges }) {
    const minutes = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    const { sessions, dropped, accepted } = tally;
    console.error(
      `${minutes}  ${members} members in, ${whole(sessions)} sessions, ${dropped} dropped  ` +
        `${whole(accepted)} messages  heap ${figure(gauges.heap, "bytes")}`,
    );
  },
};
