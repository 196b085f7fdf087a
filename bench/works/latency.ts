import { measureOnce } from "../measure/pair.js";
import { alternate, type Effort, measurementsOf } from "../measure/rounds.js";
import { endToEnd, type Subject, type Work } from "../measure/subject.js";
import { linesOf, perSecond } from "./comparison.js";
import type { BenchWork, Scale } from "./work.js";

const names = ["bare", "bridge", "http2"];

/** A percentile is over thousands of calls: it needs fewer rounds than a rate. */
function effortOf(scale: Scale): Effort {
  return { ...scale, rounds: Math.ceil(scale.rounds / 2) };
}

/**
 * How long an answer takes while the server has half of the work that bare manages at most: the same rate for all, and
 * counted from the moment in which each call was due.
 */
export function latency(row: {
  readonly name: string;
  readonly title: string;
  /** The work at full speed, and how many of its messages one unit of its count makes. */
  readonly full: (scale: Scale) => { readonly work: Work; readonly messagesPerCount: number };
  readonly steady: Work["work"];
  readonly least: number;
}): BenchWork {
  return {
    name: row.name,
    title: row.title,
    barred: false,
    steps: (scale) => 1 + measurementsOf(names.length, 0, effortOf(scale)),
    async measure({ machine, scale, step }) {
      const least = Math.ceil(row.least / scale.divideAmounts);
      const { work, messagesPerCount } = row.full(scale);
      const pilot = await measureOnce(endToEnd("bare", work), { count: least, warmup: least }, machine);
      step("bare");
      const rate = perSecond(pilot) / messagesPerCount / 2;
      const steady: Work = { ...work, work: row.steady, "per-second": rate };
      const subjects: Subject[] = names.map((name) => endToEnd(name, steady));
      const all = await alternate(subjects, [], Math.ceil(row.least / 4), effortOf(scale), machine, step);
      return {
        lines: [
          ...linesOf(
            all,
            "ms",
            ({ latencyMs }) => latencyMs?.p50 ?? Number.NaN,
            (name) => `${name}, p50`,
          ),
          ...linesOf(
            all,
            "ms",
            ({ latencyMs }) => latencyMs?.p99 ?? Number.NaN,
            (name) => `${name}, p99`,
          ),
        ],
      };
    },
  };
}
