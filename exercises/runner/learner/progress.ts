import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, workFolder } from "../content/exercise.js";

/** What is remembered of one exercise. */
export interface Kept {
  /** When the exercise passed for the first time. */
  readonly done?: string;
  /** How often it was checked. */
  readonly attempts: number;
  readonly hints: number;
  /** Whether its solution was read before a pass. */
  readonly peeked: boolean;
}

/** How far a learner has come, in work/.progress.json. */
export interface Progress {
  readonly version: 1;
  /** The id of the exercise at which the learner continues. */
  readonly current: string;
  readonly exercises: Readonly<Record<string, Kept>>;
}

const file = join(workFolder, ".progress.json");
const fresh: Progress = { version: 1, current: "01", exercises: {} };
const nothing: Kept = { attempts: 0, hints: 0, peeked: false };

/** What is remembered. A file that cannot be read is renamed, and `say` tells its new name. */
export function readProgress(say: (line: string) => void = () => {}): Progress {
  if (!existsSync(file)) return fresh;
  try {
    const progress = JSON.parse(readFileSync(file, "utf8")) as Progress;
    const { version, current, exercises } = progress;
    if (version === 1 && typeof current === "string" && exercises instanceof Object) return progress;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const aside = join(workFolder, `.progress.${fileStamp()}.json`);
  renameSync(file, aside);
  say(`the progress in work/.progress.json could not be read; it is kept as ${relative(root, aside)}`);
  return fresh;
}

/** The time as a part of a file's name. */
export function fileStamp(): string {
  return new Date().toISOString().replaceAll(/[:.]/g, "-");
}

/** What is remembered of one exercise. */
export function keptOf(progress: Progress, id: string): Kept {
  return progress.exercises[id] ?? nothing;
}

/**
 * Remembers something about one exercise, and that the learner continues there.
 *
 * There is no lock. Reading and writing take less than a millisecond, without an interruption in this process. If two
 * runners do write in the same millisecond, one check is not counted, or the next check finds a pass again.
 */
export function remember(id: string, change: (kept: Kept) => Partial<Kept>): Progress {
  mkdirSync(workFolder, { recursive: true });
  const before = readProgress();
  const kept = keptOf(before, id);
  const progress: Progress = {
    version: 1,
    current: id,
    exercises: { ...before.exercises, [id]: { ...kept, ...change(kept) } },
  };
  // Renamed when it is whole: a runner that is killed while it writes leaves the old file.
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, `${JSON.stringify(progress, null, 2)}\n`);
  renameSync(whole, file);
  return progress;
}

/** Remembers that an exercise was checked, and when it passed for the first time. */
export function rememberVerdict(id: string, passes: boolean): Progress {
  return remember(id, ({ attempts, done }) => ({
    attempts: attempts + 1,
    ...(passes && !done ? { done: new Date().toISOString() } : {}),
  }));
}
