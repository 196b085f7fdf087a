import type { Facts } from "./check.js";

/** What the runner tells the process that checks. */
export interface ToChecker {
  /** The learner's file, compiled: a URL that has not been imported before. */
  readonly file: string;
  /** The exercise's check, compiled: a path. */
  readonly check: string;
  /** How wide a diagram may be, in columns. */
  readonly width: number;
}

/** Why a check has failed. */
export interface Failure {
  readonly error: { readonly message: string; readonly stack: string };
  readonly kind: "failed" | "crashed" | "silent";
  readonly lastEvent: string;
  readonly known?: { readonly id: string; readonly facts: Facts };
}

/** A check is over. */
export interface Ended {
  readonly id: string;
  readonly diagram: readonly string[];
  /** What keeps the process alive, and was not there before. */
  readonly leftovers: readonly string[];
  readonly failure?: Failure;
}

/** What that process says, in this order. */
export type FromChecker =
  | { readonly type: "ready" }
  /** Its event loop turns. */
  | { readonly type: "alive" }
  /** The learner's file, or the check, could not be loaded. */
  | { readonly type: "not loaded"; readonly error: Failure["error"] }
  /** It lacks what the check calls. */
  | { readonly type: "not exported"; readonly names: readonly string[] }
  | ({ readonly type: "check" } & Ended)
  | { readonly type: "done" };
