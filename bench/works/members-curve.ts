import { endToEnd } from "../measure/subject.js";
import type { Verdict } from "./outcome.js";
import { type Sweep, stepsOf, sweep } from "./sweep.js";
import { type BenchWork, members, type Scale } from "./work.js";

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

/** What one delivery costs as a room grows: the same, or somebody does work for members who have nothing to do with it. */
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
