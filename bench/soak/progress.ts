import { figure, whole } from "../report/figures.js";
import type { Outcome } from "./outcome.js";

/** Tells a person how far a run is. */
export interface Progress {
  readonly everyMs: number;
  /**
   * @param members how many are in
   * @param heap the server's, in bytes
   */
  show(outcome: Outcome, members: number, heap: number): void;
}

/** A line on stderr, every ten seconds. */
export const progress: Progress = {
  everyMs: 10_000,
  show({ seconds, tally }, members, heap) {
    const minutes = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    const { sessions, dropped, accepted } = tally;
    console.error(
      `${minutes}  ${members} members in, ${whole(sessions)} sessions, ${dropped} dropped  ` +
        `${whole(accepted)} messages  heap ${figure(heap, "bytes")}`,
    );
  },
};
