import { type Effort, measurementsOf } from "../measure/rounds.js";
import type { Subject } from "../measure/subject.js";
import { compare } from "./comparison.js";
import type { Curve, Line, Point, Unit } from "./outcome.js";
import type { Measuring, Scale } from "./work.js";

/** The values of a parameter, and who is compared at each of them. */
export interface Sweep {
  readonly values: readonly number[];
  readonly label: (value: number) => string;
  readonly subjects: (value: number) => readonly Subject[];
  /** The smallest amount that says anything at this value. */
  readonly least: (value: number) => number;
  readonly unit: Unit;
}

/** A curve needs its shape more than each of its points. */
function effortOf(scale: Scale): Effort {
  return { ...scale, rounds: Math.ceil(scale.rounds / 3), seconds: scale.seconds / 2 };
}

export function stepsOf({ values, subjects }: Sweep, scale: Scale): number {
  return values.reduce((sum, value) => sum + measurementsOf(subjects(value).length, 0, effortOf(scale)), 0);
}

/** Compares the subjects at each value. */
export async function sweep(
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
