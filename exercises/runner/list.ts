import { exercises } from "./exercise.js";
import { keptOf, type Progress } from "./progress.js";
import type { Paint } from "./screen.js";

/** All exercises, a line each: what is done, what was tried, how long it may take. */
export function listLines(progress: Progress, paint: Paint): readonly string[] {
  return exercises().map(({ id, title, minutes }) => {
    const { done, attempts, peeked } = keptOf(progress, id);
    const mark = done
      ? paint.good("✓")
      : id === progress.current
        ? paint.yet("◆")
        : attempts > 0
          ? paint.yet("·")
          : " ";
    const more = [`${minutes} min`, attempts > 0 ? counted(attempts, "check") : "", peeked ? "solution seen" : ""];
    return `${mark} ${id}  ${title.padEnd(34)} ${paint.faint(more.filter(Boolean).join(", "))}`;
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
