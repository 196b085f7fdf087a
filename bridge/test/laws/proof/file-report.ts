import type { LawId } from "./all-laws.js";
import type { Figure } from "./law.js";

/** What came of one declaration of a law. */
export interface Outcome {
  readonly laws: readonly LawId[];
  readonly tried: string;
  readonly runs: number;
  readonly figures: readonly Figure[];
  /** Whether each of its tests has run and passed. */
  readonly holds: boolean;
}

/** What the process that ran a file of law tests says at its end. */
export interface FileReport {
  readonly tests: number;
  readonly failures: readonly { readonly title: string; readonly error: string }[];
  readonly outcomes: readonly Outcome[];
}
