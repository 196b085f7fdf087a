import type { Measured } from "../implementations/task.js";
import { type Machine, measureOnce } from "./pair.js";
import type { Subject } from "./subject.js";

/** How many rounds, and how long they take. */
export interface Effort {
  /** Rounds for subjects with a bar, after one that does not count. Subjects without a bar have only that one. */
  readonly rounds: number;
  /** The least seconds that a measurement takes, without the warm-up. */
  readonly seconds: number;
  /** Divides the smallest amounts of work. It is 1, except in a test of the bench. */
  readonly divideAmounts: number;
}

/** What the rounds of one subject have measured; `failure` if the subject could not do the work. */
export interface Measurements {
  readonly name: string;
  readonly rounds: Measured[];
  failure?: string;
}

/** How many measurements {@link alternate} makes. */
export function measurementsOf(compared: number, beside: number, { rounds }: Effort): number {
  return compared * (rounds + 1) + beside;
}

/** How often, at most, the amount of work is adjusted before the first round. */
const mostTrials = 4;

/** A subject, how much work it gets, and what it has measured with that. */
interface Contender {
  readonly subject: Subject;
  readonly isBeside: boolean;
  count: number;
  readonly measurements: Measurements;
}

/**
 * Measures the subjects in turns, A B, B A, A B …, so that a disturbance of the machine affects all of them. A first
 * round finds out how much work takes `seconds`. That round counts only for the subjects in `beside`: they have no bar,
 * and full rounds for them would take most of a run's time.
 *
 * @param compared must succeed
 * @param beside may fail, and have one figure each
 * @param least the smallest useful amount of work, for subjects that name none
 * @param measured called after each measurement
 */
export async function alternate(
  compared: readonly Subject[],
  beside: readonly Subject[],
  least: number,
  effort: Effort,
  machine: Machine,
  measured: (subject: string) => void,
): Promise<Measurements[]> {
  const contenders: Contender[] = [...compared, ...beside].map((subject) => ({
    subject,
    isBeside: beside.includes(subject),
    count: Math.ceil((subject.least ?? least) / effort.divideAmounts),
    measurements: { name: subject.name, rounds: [] },
  }));
  for (let round = 0; round <= effort.rounds; round += 1) {
    for (const each of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const { subject, isBeside, measurements } = each;
      if (isBeside && round > 0) continue;
      if (measurements.failure === undefined) {
        try {
          const figure = round === 0 ? await findAmount(each, effort.seconds, machine) : await measure(each, machine);
          if (round > 0 || isBeside) measurements.rounds.push(figure);
        } catch (error) {
          machine.signal.throwIfAborted();
          if (!isBeside) throw error;
          measurements.failure = error instanceof Error ? error.message : String(error);
        }
      }
      measured(subject.name);
    }
  }
  return contenders.map(({ measurements }) => measurements);
}

/**
 * Raises the amount until the work takes long enough. It needs several trials: a short measurement runs code that V8
 * has not compiled yet, and would lead to another short one.
 *
 * @returns what the last trial has measured
 */
async function findAmount(contender: Contender, seconds: number, machine: Machine): Promise<Measured> {
  for (let trial = 1; ; trial += 1) {
    const measured = await measure(contender, machine);
    const wanted = Math.ceil((contender.count * seconds * 1e9) / measured.elapsedNs);
    const before = contender.count;
    contender.count = Math.max(before, wanted);
    if (contender.count <= before * 1.5 || trial === mostTrials) return measured;
  }
}

function measure({ subject, count }: Contender, machine: Machine): Promise<Measured> {
  return measureOnce(subject, { count, warmup: Math.ceil(count / 2) }, machine);
}
