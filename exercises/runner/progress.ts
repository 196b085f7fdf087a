import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { root, workFolder } from "./exercise.js";

/** What is remembered of one exercise. */
export interface Kept {
  /** When it passed first; absent until then. */
  readonly done?: string;
  /** How often it was checked. */
  readonly attempts: number;
  /** How many of its hints were read. */
  readonly hints: number;
  /** Whether the solution was looked at before a pass. */
  readonly peeked: boolean;
}

/** How far a learner has come, in work/.progress.json. */
export interface Progress {
  readonly version: 1;
  /** The id of the exercise at which to go on. */
  readonly current: string;
  readonly exercises: Readonly<Record<string, Kept>>;
}

const file = join(workFolder, ".progress.json");
const fresh: Progress = { version: 1, current: "01", exercises: {} };
const nothing: Kept = { attempts: 0, hints: 0, peeked: false };

/** What is remembered; a file that cannot be read is put aside and named, never lost. */
export async function readProgress(say: (line: string) => void = () => {}): Promise<Progress> {
  if (!existsSync(file)) return fresh;
  const text = await readFile(file, "utf8");
  try {
    const progress = JSON.parse(text) as Progress;
    if (progress.version === 1 && typeof progress.current === "string" && isRecord(progress.exercises)) return progress;
  } catch {
    // Told below.
  }
  const aside = `${file.slice(0, -".json".length)}.${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`;
  await rename(file, aside);
  say(`the progress in work/.progress.json could not be read; it is kept as ${aside.slice(root.length)}`);
  return fresh;
}

/** What is remembered of one exercise. */
export function keptOf(progress: Progress, id: string): Kept {
  return progress.exercises[id] ?? nothing;
}

/** Remembers something of one exercise, and that this is where to go on. Two runners at once lose nothing of each other's. */
export async function remember(id: string, change: (kept: Kept) => Kept): Promise<Progress> {
  await mkdir(dirname(file), { recursive: true });
  const next = await exclusively(`${file}.new`);
  try {
    const progress = await readProgress();
    const exercises = { ...progress.exercises, [id]: change(keptOf(progress, id)) };
    const changed: Progress = { version: 1, current: id, exercises };
    await next.writeFile(`${JSON.stringify(changed, null, 2)}\n`);
    await next.close();
    // Renamed into its place: a process that is killed in the middle leaves the old one.
    await rename(`${file}.new`, file);
    return changed;
  } catch (error) {
    await next.close();
    await rm(`${file}.new`, { force: true });
    throw error;
  }
}

/** Remembers that an exercise was checked, and when it passed first. */
export function rememberVerdict(id: string, passes: boolean): Promise<Progress> {
  return remember(id, (kept) => ({
    ...kept,
    attempts: kept.attempts + 1,
    ...(passes && kept.done === undefined ? { done: new Date().toISOString() } : {}),
  }));
}

/** Longer than anybody writes a small file, in milliseconds: who has left it there was killed. */
const abandonedMs = 2_000;

/** Makes a file, when nobody else is about to: its being there is the lock. */
async function exclusively(path: string): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(path, "wx");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const left = await stat(path).catch(() => undefined);
    if (left && Date.now() - left.mtimeMs > abandonedMs) await rm(path, { force: true });
    else await setTimeout(10);
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
