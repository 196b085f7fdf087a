import { measureOnce } from "../measure/pair.js";
import { alternate, type Effort, measurementsOf } from "../measure/rounds.js";
import { endToEnd, type Subject, type Work } from "../measure/subject.js";
import { percentiles, perSecond } from "./comparison.js";
import { type BenchWork, members, type Scale } from "./work.js";

const names = ["bare", "bridge", "http2"];

/** A percentile covers thousands of calls, so it needs fewer rounds than a rate. */
function effortOf(scale: Scale): Effort {
  return { ...scale, rounds: Math.ceil(scale.rounds / 2) };
}

/**
 * How long an answer takes at half of the most work that bare manages. The rate is the same for all subjects, and the
 * time counts from the moment at which each call was due.
 */
function latency(row: {
  readonly name: string;
  readonly title: string;
  /** The work at full speed, and how many messages one unit of its count makes. */
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
      const steady: Work = { ...work, work: row.steady, perSecond: rate };
      const subjects: Subject[] = names.map((name) => endToEnd(name, steady));
      const all = await alternate(subjects, [], Math.ceil(row.least / 4), effortOf(scale), machine, step);
      return { lines: [...percentiles(all, "p50"), ...percentiles(all, "p99")] };
    },
  };
}

export const latencyUnary = latency({
  name: "latency-unary",
  title: "latency of unary calls at half of what bare manages",
  full: () => ({ work: { work: "unary", inFlight: 64 }, messagesPerCount: 1 }),
  steady: "unarySteadily",
  least: 10_000,
});

export const latencyFanOut = latency({
  name: "latency-fan-out",
  title: "latency of a fan-out to 500 members at half of what bare manages",
  full: (scale) => {
    const count = members(500, scale);
    return { work: { work: "fanOut", members: count, connections: 1 }, messagesPerCount: count };
  },
  steady: "fanOutSteadily",
  least: 500,
});
