import { type Effort, measurementsOf } from "../measure/rounds.js";
import { endToEnd, type Subject } from "../measure/subject.js";
import { compare } from "./comparison.js";
import type { Curve, Line, Point, Unit, Verdict } from "./outcome.js";
import { type BenchWork, type Measuring, members, type Scale } from "./work.js";

/** The values of a parameter, and the subjects to compare at each of them. */
interface Sweep {
  readonly values: readonly number[];
  readonly label: (value: number) => string;
  readonly subjects: (value: number) => readonly Subject[];
  /** The smallest useful amount at this value. */
  readonly least: (value: number) => number;
  readonly unit: Unit;
}

/** Fewer rounds, because the shape of a curve matters more than each point. */
function effortOf(scale: Scale): Effort {
  return { ...scale, rounds: Math.ceil(scale.rounds / 3), seconds: scale.seconds / 2 };
}

function stepsOf({ values, subjects }: Sweep, scale: Scale): number {
  return values.reduce((sum, value) => sum + measurementsOf(subjects(value).length, 0, effortOf(scale)), 0);
}

/** Compares the subjects at each value. */
async function sweep(
  { values, label, subjects, least, unit }: Sweep,
  { machine, scale, step }: Measuring,
): Promise<{ lines: Line[]; series: Curve["series"] }> {
  const lines: Line[] = [];
  const pointsOf = new Map<string, Point[]>();
  for (const value of values) {
    const measuring = { machine, scale: { ...scale, ...effortOf(scale) }, step };
    for (const line of await compare(subjects(value), [], least(value), unit, measuring)) {
      lines.push({ ...line, subject: `${line.subject}, ${label(value)}` });
      const point = { x: value, y: line.value?.median ?? Number.NaN };
      pointsOf.set(line.subject, [...(pointsOf.get(line.subject) ?? []), point]);
    }
  }
  return { lines, series: [...pointsOf].map(([name, points]) => ({ name, points })) };
}

const most = 10_000;

function sweepOf(scale: Scale): Sweep {
  const all = scale.beside ? [1, 10, 100, 1_000, most] : [100, 1_000, most];
  return {
    values: [...new Set(all.map((count) => members(count, scale)))],
    label: (count) => `${count} members`,
    subjects: (count) => {
      const connections = Math.ceil(count / 1_000);
      const work = { work: "fanOut", members: count, connections } as const;
      return (scale.beside ? ["bare", "bridge", "http2"] : ["bridge"]).map((name) => endToEnd(name, work));
    },
    least: (count) => Math.min(10_000, Math.max(20, Math.ceil(50_000 / count))),
    unit: "deliveries/s",
  };
}

/**
 * The cost of one delivery as a room grows. It must stay the same: otherwise members cost time that have no message.
 */
export const membersCurve: BenchWork = {
  name: "members-curve",
  title: "fan-out over the number of members",
  barred: true,
  steps: (scale) => stepsOf(sweepOf(scale), scale),
  async measure(measuring) {
    const { lines, series } = await sweep(sweepOf(measuring.scale), measuring);
    const costs = series.map(({ name, points }) => ({ name, points: points.map(({ x, y }) => ({ x, y: 1e6 / y })) }));
    const own = costs.find(({ name }) => name === "bridge")?.points ?? [];
    const at = (count: number) => own.find(({ x }) => x === members(count, measuring.scale))?.y ?? Number.NaN;
    const verdict: Verdict = {
      what: "cost of a delivery to 10,000 members, to that to 100",
      value: at(most) / at(100),
      sense: "at most",
      bar: 1.5,
      stretch: 1.1,
    };
    const curve = { title: "what one delivery costs", x: "members", y: "µs per delivery", series: costs };
    return { lines, verdicts: [verdict], curves: [curve] };
  },
};

const sizes = new Map([
  [34, "40 B"],
  [1024, "1 KiB"],
  [16 * 1024, "16 KiB"],
  [64 * 1024, "64 KiB"],
]);

const sizesOfItems: Sweep = {
  values: [...sizes.keys()],
  label: (bytes) => sizes.get(bytes) ?? `${bytes} B`,
  subjects: (bytes) => ["bare", "bridge", "http2"].map((name) => endToEnd(name, { work: "down", bytes })),
  least: (bytes) => Math.min(100_000, Math.max(1_000, Math.ceil(2e7 / bytes))),
  unit: "items/s",
};

/**
 * Server streaming over the size of a message. The cost of a small message is overhead, that of a large one is copies.
 */
export const sizeCurve: BenchWork = {
  name: "size-curve",
  title: "server streaming over the size of a message",
  barred: false,
  steps: (scale) => stepsOf(sizesOfItems, scale),
  async measure(measuring) {
    const { lines, series } = await sweep(sizesOfItems, measuring);
    return { lines, curves: [{ title: "server streaming", x: "bytes of payload", y: "items/s", series }] };
  },
};
