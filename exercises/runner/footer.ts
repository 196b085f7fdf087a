import { relative } from "node:path";
import { type Exercise, exercises, root } from "./exercise.js";
import { keptOf, type Progress } from "./progress.js";
import { wrapped } from "./screen.js";

/** What stands below everything: how far one is, which file is looked at, and the keys. */
export function footerLines(exercise: Exercise, progress: Progress, width: number): readonly string[] {
  const all = exercises();
  const done = all.filter(({ id }) => keptOf(progress, id).done).length;
  const cells = Math.max(5, Math.min(30, width - 50));
  const filled = Math.round((done / all.length) * cells);
  const bar = `[${"#".repeat(filled)}${done < all.length ? ">" : ""}${"-".repeat(Math.max(0, cells - filled - 1))}]`;
  const where = wrapped(`${bar} ${done}/${all.length} ${relative(root, exercise.work)}`, width, "");
  const hint = `h hint (${keptOf(progress, exercise.id).hints} of 3)`;
  return [
    "",
    ...where,
    ...keyLines(
      ["i story", hint, "t timeline", "l list", "e editor", "n next", "p previous", "x reset", "q quit"],
      width,
    ),
  ];
}

/** The keys, on as many lines as it takes: none is parted from its word. */
export function keyLines(keys: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const key of keys) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + key.length <= width) lines[lines.length - 1] = `${last}   ${key}`;
    else lines.push(key);
  }
  return lines;
}
