import type { Machine } from "../measure/pair.js";
import type { Effort } from "../measure/rounds.js";
import type { Outcome } from "./outcome.js";

/** How much of everything. */
export interface Scale extends Effort {
  /** Whether those without a bar are measured too: raw node:http2, the peers. */
  readonly beside: boolean;
  /** Members of a fan-out and idle members are divided by this. 1, but for a test. */
  readonly divideMembers: number;
}

/** What a work gets to measure with. */
export interface Measuring {
  readonly machine: Machine;
  readonly scale: Scale;
  /** Says that one more measurement is done. */
  step(subject: string): void;
}

/** One thing that is measured: a row of the table or, with a parameter, several. */
export interface BenchWork {
  /** By which it is asked for: `ONLY=fan-out` takes all whose names begin with these words. */
  readonly name: string;
  readonly title: string;
  /** Whether it has a bar, and so belongs to the quick run. */
  readonly barred: boolean;
  /** How many measurements it makes: how often it says `step`. */
  steps(scale: Scale): number;
  measure(measuring: Measuring): Promise<Outcome>;
}

/** So many members, of `full` in a whole run. */
export function members(full: number, { divideMembers }: Scale): number {
  return Math.max(1, Math.round(full / divideMembers));
}
