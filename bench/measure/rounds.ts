import type { Measured } from "../implementations/task.js";
import { type Machine, measureOnce } from "./pair.js";
import type { Subject } from "./subject.js";

/** How often and how long. */
export interface Effort {
  /** Rounds of those that have a bar, after one that is not counted. What is only shown beside has that one alone. */
  readonly rounds: number;
  /** How long a measurement is to take at least, warm-up aside. */
  readonly seconds: number;
  /** The smallest amounts of work are divided by this. 1, but for a test of the bench itself. */
  readonly divideAmounts: number;
}

/** What the rounds of one subject have measured; `failure` where it could not do the work. */
export interface Measurements {
  readonly name: string;
  readonly rounds: Measured[];
  failure?: string;
}

/** How many measurements {@link alternate} makes. */
export function measurementsOf(compared: number, beside: number, { rounds }: Effort): number {
  return compared * (rounds + 1) + beside;
}

/** How often the amount of work is found anew before the first round, at most. */
const mostTrials = 4;

/** A subject, how much it is given to do, and what it has measured with that. */
interface Contender {
  readonly subject: Subject;
  readonly isBeside: boolean;
  count: number;
  readonly measurements: Measurements;
}

/**
 * Measures the subjects in turns, so that what the machine does meanwhile befalls all of them alike: A B, B A, A B …
 * The round before the first finds out how much work takes `seconds`, and does not count but for those beside: they have
 * no bar, and with a round of their own they took most of the time of a whole run.
 *
 * @param compared must succeed
 * @param beside may fail, and have one figure each
 * @param least the smallest amount of work that says anything, for subjects that do not say it themselves
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
 * Raises the amount until it takes long enough. Once is not enough: a short measurement is one of a program that V8 has
 * not compiled yet, and would ask for another short one.
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
