import type { Measured } from "../implementations/task.js";
import { alternate, type Measurements, measurementsOf } from "../measure/rounds.js";
import { summarize } from "../measure/statistics.js";
import type { Subject, Work } from "../measure/subject.js";
import { peersFor } from "../peers.js";
import type { Line, Unit, Verdict } from "./outcome.js";
import type { BenchWork, Measuring, Scale } from "./work.js";

/** A work whose subjects are compared by their messages per second. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** The ratios are relative to this subject. */
  readonly baseline: (scale: Scale) => Subject;
  /** The subject that must reach the bar. */
  readonly subject: (scale: Scale) => Subject;
  /** Subjects without a bar, in full runs only. */
  readonly beside?: (scale: Scale) => Subject[];
  /** The same work for the peers, if they can do it. */
  readonly peers?: (scale: Scale) => Work;
  readonly bar: number;
  /** See {@link Verdict.today}. */
  readonly today?: number;
  readonly stretch: number;
  /** The smallest useful amount, in the unit of the task's count. */
  readonly least: number;
}

export function comparison(row: Comparison): BenchWork {
  const beside = (scale: Scale) =>
    scale.beside ? [...(row.beside?.(scale) ?? []), ...(row.peers ? peersFor(row.peers(scale)) : [])] : [];
  return {
    name: row.name,
    title: row.title,
    barred: true,
    steps: (scale) => measurementsOf(2, beside(scale).length, scale),
    async measure(measuring) {
      const { scale } = measuring;
      const subjects = [row.baseline(scale), row.subject(scale)];
      const lines = await compare(subjects, beside(scale), row.least, row.unit, measuring);
      const verdicts: Verdict[] = lines.slice(1, 2).map(({ subject, ratio }) => ({
        what: subject,
        value: ratio?.median ?? Number.NaN,
        sense: "at least",
        bar: row.bar,
        ...(row.today === undefined ? {} : { today: row.today }),
        stretch: row.stretch,
      }));
      return { lines, verdicts };
    },
  };
}

/** Measures the subjects in turns. The ratios are relative to the first one. */
export async function compare(
  compared: readonly Subject[],
  beside: readonly Subject[],
  least: number,
  unit: Unit,
  { machine, scale, step }: Measuring,
): Promise<Line[]> {
  const all = await alternate(compared, beside, least, scale, machine, step);
  return linesOf(all, unit, perSecond);
}

/** The lines for latencies that were measured in turns. */
export function percentiles(all: readonly Measurements[], percentile: "p50" | "p99"): Line[] {
  const lines = linesOf(all, "ms", ({ latencyMs }) => latencyMs?.[percentile] ?? Number.NaN);
  return lines.map((line) => ({ ...line, subject: `${line.subject}, ${percentile}` }));
}

/**
 * The lines for subjects that were measured in turns. `figure` chooses the value. The ratios are relative to the first.
 */
function linesOf(all: readonly Measurements[], unit: Unit, figure: (measured: Measured) => number): Line[] {
  const [baseline] = all;
  return all.map(({ name, rounds, failure }) => {
    if (failure !== undefined) return { subject: name, unit, failure };
    const values = rounds.map(figure);
    // Within a round, because a slow machine slows both of them.
    const ratios = rounds.flatMap((round, index) => {
      const first = baseline?.rounds[index];
      return first === undefined ? [] : [figure(round) / figure(first)];
    });
    return { subject: name, unit, value: summarize(values), ratio: summarize(ratios) };
  });
}

export function perSecond({ messages, elapsedNs }: Measured): number {
  return messages / (elapsedNs / 1e9);
}
