import type { Machine } from "../measure/pair.js";
import type { Effort } from "../measure/rounds.js";
import type { Outcome } from "./outcome.js";

/** How much to measure. */
export interface Scale extends Effort {
  /** Whether subjects without a bar are measured too: raw node:http2 and the peers. */
  readonly beside: boolean;
  /** Divides the numbers of members of a fan-out and of idle members. It is 1, except in a test. */
  readonly divideMembers: number;
}

/** What a work gets to measure with. */
export interface Measuring {
  readonly machine: Machine;
  readonly scale: Scale;
  /** Tells that one more measurement is done. */
  step(subject: string): void;
}

/** One thing to measure: a row of the table or, with a parameter, several rows. */
export interface BenchWork {
  /** Its name: `ONLY=fan-out` runs all works whose names begin with these words. */
  readonly name: string;
  readonly title: string;
  /** Whether it has a bar, and so is in the quick run. */
  readonly barred: boolean;
  /** How many measurements it makes, which is how often it calls `step`. */
  steps(scale: Scale): number;
  measure(measuring: Measuring): Promise<Outcome>;
}

/** How many of `full` members to use. */
export function members(full: number, { divideMembers }: Scale): number {
  return Math.max(1, Math.round(full / divideMembers));
}
