import pc from "picocolors";
import { allLaws, type LawId, lawIds } from "./all-laws.js";
import { type Figure, nearness, type Outcome } from "./law.js";

/** The outcome of a declaration over all its runs. */
export interface Row {
  readonly laws: readonly LawId[];
  readonly tried: string;
  readonly runs: number;
  readonly figures: readonly Figure[];
  readonly times: number;
  readonly failed: number;
}

/** Merges the outcomes of each declaration: runs add up, and of a figure the value nearest its bound stays. */
export function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { laws, tried, runs, figures, holds } of outcomes) {
    const key = `${laws.join()} ${tried}`;
    const row = rows.get(key) ?? rowOf(laws, tried);
    rows.set(key, {
      ...row,
      runs: row.runs + runs,
      figures: nearest([...row.figures, ...figures]),
      times: row.times + 1,
      failed: row.failed + (holds ? 0 : 1),
    });
  }
  return [...rows.values()];
}

function rowOf(laws: readonly LawId[], tried: string): Row {
  return { laws, tried, runs: 0, figures: [], times: 0, failed: 0 };
}

function nearest(figures: readonly Figure[]): Figure[] {
  const kept = new Map<string, Figure>();
  for (const figure of figures) {
    const known = kept.get(figure.name);
    if (!known || nearness(figure) > nearness(known)) kept.set(figure.name, figure);
  }
  return [...kept.values()];
}

/** The laws that no row proves. */
export function withoutTest(rows: readonly Row[]): LawId[] {
  return lawIds.filter((id) => !rows.some(({ laws }) => laws.includes(id)));
}

// With two columns between them and the longest verdict, `FAIL 20`, these are 120.
const widths = { law: 7, tried: 42, runs: 10, figure: 46 };

/** The table, in lines of at most 120 columns. Every law is in it, also without a test. */
export function table(rows: readonly Row[]): string[] {
  const untested = withoutTest(rows).map((id) => ({ ...rowOf([id], allLaws[id]), times: 0 }));
  const sorted = [...rows, ...untested].sort((a, b) => first(a) - first(b));
  return [cells("law", ["what was tried"], "runs", ["figure, and its bound"], ""), ...sorted.map(lines)].flat();
}

function first({ laws: [id = "L1"] }: Row): number {
  return lawIds.indexOf(id);
}

function lines(row: Row): string[] {
  const { laws, tried, runs, figures } = row;
  return cells(
    laws.length > 2 ? `${laws[0]}–${laws.at(-1)}` : laws.join(" "),
    wrapped(tried, widths.tried),
    runs.toLocaleString("en"),
    figures.flatMap((figure) => wrapped(told(figure), widths.figure)),
    verdict(row),
  );
}

function verdict({ times, failed }: Row): string {
  if (times === 0) return pc.red("NONE");
  if (failed === 0) return pc.green("pass");
  return pc.red(times === 1 ? "FAIL" : `FAIL ${failed}`);
}

function told({ name, value, most, at }: Figure): string {
  const number = (n: number) => n.toLocaleString("en", { maximumFractionDigits: 1 });
  if (most === 0 && value === 0) return `${name}: none`;
  const bound = most === undefined ? "" : ` of ${number(most)}`;
  return `${name}: ${number(value)}${bound}${at === undefined ? "" : ` (${at})`}`;
}

function cells(law: string, tried: readonly string[], runs: string, figures: readonly string[], result: string) {
  const height = Math.max(tried.length, figures.length, 1);
  return Array.from({ length: height }, (_, line) => {
    const top = line === 0;
    return [
      (top ? law : "").padEnd(widths.law),
      (tried[line] ?? "").padEnd(widths.tried),
      (top ? runs : "").padStart(widths.runs),
      (figures[line] ?? "").padEnd(widths.figure),
      top ? result : "",
    ]
      .join("  ")
      .trimEnd();
  });
}

/** `text` in lines of at most `width` columns, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}
