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

/** Why no more checks follow. */
export interface End {
  /** `not loaded`: an import threw `error`. `not exported`: the learner's file lacks the exports in `missing`. */
  readonly end: "done" | "not loaded" | "not exported";
  readonly error?: Failure["error"];
  readonly missing?: readonly string[];
}

/** What the process says: first that it is ready, and from then on that its event loop turns. */
export type FromChecker =
  | { readonly type: "ready" | "alive" }
  | ({ readonly type: "check" } & Ended)
  | ({ readonly type: "end" } & End);
