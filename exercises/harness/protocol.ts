import type { Facts } from "./check.js";

/** What the runner tells the checking process. */
export interface ToChecker {
  /** The URL of the learner's compiled file. It has not been imported before. */
  readonly file: string;
  /** The path of the exercise's compiled check. */
  readonly check: string;
  /** How wide a diagram may be, in columns. */
  readonly width: number;
}

/** Why a check failed. */
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
  /** New resources that keep the process alive. */
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

/** The messages of the checking process: first that it is ready, and then that its event loop turns. */
export type FromChecker =
  | { readonly type: "ready" | "alive" }
  | ({ readonly type: "check" } & Ended)
  | ({ readonly type: "end" } & End);
