import type { Summary } from "../measure/statistics.js";

export type Unit = "calls/s" | "items/s" | "deliveries/s" | "bytes" | "ms";

/** One line of the table: the measurement of one subject in a work. */
export interface Line {
  readonly subject: string;
  readonly unit: Unit;
  /** Over the rounds. Absent if the subject could not do the work; `failure` says why. */
  readonly value?: Summary;
  /** Relative to the baseline in the same round. */
  readonly ratio?: Summary;
  readonly failure?: string;
}

/** A figure and the bar that it must reach. */
export interface Verdict {
  readonly what: string;
  readonly value: number;
  /** Ratios have no unit. */
  readonly unit?: Unit;
  readonly sense: "at least" | "at most";
  readonly bar: number;
  /** What a run reaches today, if that is less than the bar. docs/performance.md says why. It must not get worse. */
  readonly today?: number;
  readonly stretch?: number;
}

/** Figures over a parameter. */
export interface Curve {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Outcome {
  readonly lines: readonly Line[];
  readonly verdicts?: readonly Verdict[];
  readonly curves?: readonly Curve[];
}
