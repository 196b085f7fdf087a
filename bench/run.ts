import type { Machine } from "./measure/pair.js";
import type { Progress } from "./report/progress.js";
import type { Reported } from "./report/report.js";
import type { BenchWork, Scale } from "./works/work.js";

/** Ten to fifteen minutes. */
export const fullScale: Scale = {
  rounds: 5,
  seconds: 0.7,
  divideAmounts: 1,
  divideMembers: 1,
  beside: true,
};

/** A few minutes on an otherwise idle machine: only works with a bar, and shorter. */
export const quickScale: Scale = { ...fullScale, rounds: 3, seconds: 0.5, beside: false };

/** Measures the works one after the other. */
export async function run(
  works: readonly BenchWork[],
  scale: Scale,
  machine: Machine,
  progress: Progress,
): Promise<Reported[]> {
  const reported: Reported[] = [];
  for (const { name, title, measure } of works) {
    progress.begin(name);
    const outcome = await measure({ machine, scale, step: (subject) => progress.step(subject) });
    reported.push({ name, title, outcome });
  }
  return reported;
}

/** How many measurements a run makes. */
export function stepsOf(works: readonly BenchWork[], scale: Scale): number {
  return works.reduce((sum, work) => sum + work.steps(scale), 0);
}
