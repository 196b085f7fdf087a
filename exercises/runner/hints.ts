import { type Exercise, fileOf } from "./exercise.js";
import { keptOf, type Progress, remember } from "./progress.js";
import { sectionsOf } from "./sections.js";

/** The hints of a page, from the nudge to what is almost the code: each below a heading of its own. */
export function hintsOf(page: string): readonly string[] {
  // The indent of a first line is what makes it code.
  return sectionsOf(page).map(({ text }) => text.replace(/^\n+/, "").trimEnd());
}

/** A hint that is read. */
export interface Hint {
  readonly text: string;
  /** How many of them have been read, with this one. */
  readonly read: number;
  readonly all: number;
  readonly progress: Progress;
}

/** The next hint, or the last one again; that it was read is remembered. */
export async function nextHint(exercise: Exercise): Promise<Hint> {
  const hints = hintsOf(fileOf(exercise, "hints.md"));
  const progress = await remember(exercise.id, (kept) => ({ ...kept, hints: Math.min(kept.hints + 1, hints.length) }));
  const { hints: read } = keptOf(progress, exercise.id);
  return { text: hints[read - 1] ?? "", read, all: hints.length, progress };
}
