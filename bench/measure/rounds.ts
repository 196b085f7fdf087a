import type { Measured } from "../implementations/task.js";
import { type Machine, measureOnce } from "./pair.js";
import type { Subject } from "./subject.js";

/** How often and how long. */
export interface Effort {
  /** Rounds of those that have a bar, after one that is not counted. */
  readonly rounds: number;
  /** Rounds of those that are only shown beside. */
  readonly roundsBeside: number;
  /** How long a measurement is to take, warm-up aside. */
  readonly seconds: number;
}

/** What the rounds of one subject have measured; `failure` where it could not do the work. */
export interface Measurements {
  readonly name: string;
  readonly rounds: Measured[];
  failure?: string;
}

/** How many measurements {@link alternate} makes. */
export function measurementsOf(compared: number, beside: number, { rounds, roundsBeside }: Effort): number {
  return compared * (rounds + 1) + beside * (roundsBeside + 1);
}

/**
 * Measures the subjects in turns, so that what the machine does meanwhile befalls all of them alike: A B, B A, A B …
 * The round before the first is not counted. It finds out how fast each subject is; from then on each gets as much work
 * as takes `seconds`.
 *
 * @param compared must succeed
 * @param beside may fail, and take part in fewer rounds
 * @param least the smallest amount of work, and that of the first round
 * @param measured is called after each measurement
 */
export async function alternate(
  compared: readonly Subject[],
  beside: readonly Subject[],
  least: number,
  effort: Effort,
  machine: Machine,
  measured: (subject: string) => void,
): Promise<Measurements[]> {
  const all = [...compared, ...beside].map((subject) => ({
    subject,
    isBeside: beside.includes(subject),
    count: least,
    measurements: { name: subject.name, rounds: [] } as Measurements,
  }));
  for (let round = 0; round <= effort.rounds; round += 1) {
    for (const each of round % 2 === 0 ? all : all.toReversed()) {
      const { subject, isBeside, measurements } = each;
      if (isBeside && round > effort.roundsBeside) continue;
      if (measurements.failure === undefined) {
        const amount = { count: each.count, warmup: Math.ceil(each.count / 4) };
        try {
          const result = await measureOnce(subject, amount, machine);
          each.count = Math.max(least, Math.ceil((each.count * effort.seconds * 1e9) / result.elapsedNs));
          if (round > 0) measurements.rounds.push(result);
        } catch (error) {
          machine.signal.throwIfAborted();
          if (!isBeside) throw error;
          measurements.failure = error instanceof Error ? error.message : String(error);
        }
      }
      measured(subject.name);
    }
  }
  return all.map(({ measurements }) => measurements);
}
