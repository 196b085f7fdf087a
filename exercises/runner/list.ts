import { type Exercise, exercises } from "./exercise.js";
import { keptOf, type Progress } from "./progress.js";
import type { Paint } from "./screen.js";

/** All exercises as a tree, part by part: what is done, what was tried, how long it may take. */
export function listLines(progress: Progress, paint: Paint): readonly string[] {
  const all = exercises();
  return all.flatMap((exercise, index) => {
    const begins = all[index - 1]?.part !== exercise.part;
    const branch = all[index + 1]?.part === exercise.part ? "├─" : "└─";
    const line = `${paint.faint(branch)} ${exerciseLine(exercise, progress, paint)}`;
    return begins ? [paint.strong(exercise.part), line] : [line];
  });
}

function exerciseLine({ id, title, minutes }: Exercise, progress: Progress, paint: Paint): string {
  const { done, attempts, peeked } = keptOf(progress, id);
  const here = id === progress.current ? paint.yet("◆") : attempts > 0 ? paint.yet("·") : " ";
  const more = [`${minutes} min`, attempts > 0 ? counted(attempts, "check") : "", peeked ? "solution seen" : ""];
  return `${done ? paint.good("✓") : here} ${id}  ${title.padEnd(34)} ${paint.faint(more.filter(Boolean).join(", "))}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
