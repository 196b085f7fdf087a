import { grouped } from "../record/printable.js";
import { type Block, blocksOf } from "./blocks.js";
import type { Row } from "./row.js";

/** A line that stands for hidden rows. */
export interface Fold {
  readonly shape: "fold";
  readonly text: string;
  readonly hidden: readonly Row[];
}

export type FoldedRow = Row | Fold;

/** How much of a block is shown: whole rounds at its beginning and its end. `range` is one line, `4 … 1,517`. */
type Cut = { readonly head: number; readonly tail: number } | "range";

/** The limits of what is worth showing: more of the same teaches nothing. */
const cuts: readonly Cut[] = [
  "range",
  { head: 1, tail: 0 },
  { head: 1, tail: 1 },
  { head: 2, tail: 1 },
  { head: 3, tail: 2 },
];
const wholeUpTo = 6;

/**
 * Folds repeated rows until at most `maxLines` are left. The beginning and the end stay. While there is room, each
 * block shows more, evenly. If even the folded blocks are too many, those in the middle become one line.
 */
export function fold(rows: readonly Row[], maxLines: number): FoldedRow[] {
  return joinFolds(foldBlocks(rows, maxLines));
}

function foldBlocks(rows: readonly Row[], maxLines: number): FoldedRow[] {
  const blocks = blocksOf(rows);
  const ways = blocks.map(waysToShow);
  const chosen = ways.map(() => 0);
  const height = (at: number, way: number) => ways[at]?.[way]?.length ?? 0;
  let lines = ways.reduce((sum, [least]) => sum + (least?.length ?? 0), 0);
  if (lines > maxLines) return foldMiddle(ways, blocks, maxLines);
  for (let grown = true; grown; ) {
    grown = false;
    for (const at of fromOutside(blocks.length)) {
      const way = chosen[at] ?? 0;
      const more = height(at, way + 1) - height(at, way);
      if (way + 1 >= (ways[at]?.length ?? 0) || lines + more > maxLines) continue;
      chosen[at] = way + 1;
      lines += more;
      grown = true;
    }
  }
  return ways.flatMap((way, at) => way[chosen[at] ?? 0] ?? []);
}

/** The ways to show a block, the shortest first. */
function waysToShow(block: Block): FoldedRow[][] {
  const [first] = block.rows;
  if (first?.shape === "gap") return [[foldOf([first], 1)]];
  const rounds = block.rows.length / block.period;
  const ways = cuts.flatMap((cut) => {
    const shown = show(block, cut);
    return shown === undefined ? [] : [shown];
  });
  // Messages that were held back come in batches. One line per batch shows the pace.
  const isStub = first?.shape === "departs" || first?.shape === "arrives";
  if (isStub && block.period === 1 && rounds > 2) ways.splice(1);
  const whole = block.gap === undefined && (rounds <= 2 || (!isStub && block.rows.length <= wholeUpTo));
  if (whole) ways.push([...block.rows]);
  return ways.filter((way, at) => at === 0 || way.length > (ways[at - 1]?.length ?? 0));
}

function show(block: Block, cut: Cut): FoldedRow[] | undefined {
  const { rows, period, gap } = block;
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  if (cut === "range") {
    if (period > 1 || rows.length < 2 || first.kind === "note") return undefined;
    return [{ ...first, text: `${position(first)} … ${position(last)}` }];
  }
  const head = cut.head * period;
  const tail = cut.tail * period;
  const hidden = rows.slice(head, rows.length - tail);
  if (head + tail >= rows.length && gap === undefined) return undefined;
  // A gap is never shown as rows, and a fold stays on its own side of it.
  if (gap !== undefined && (head > gap.at || tail > rows.length - gap.at)) return undefined;
  // A line that says "1 more" takes as much room as the row that it hides.
  if (hidden.length < 2 * period && gap === undefined) return undefined;
  const all = gap === undefined ? hidden : [...hidden, gap.row];
  return [...rows.slice(0, head), foldOf(all, period), ...rows.slice(rows.length - tail)];
}

function foldMiddle(ways: readonly FoldedRow[][][], blocks: readonly Block[], maxLines: number): FoldedRow[] {
  const top: FoldedRow[] = [];
  const bottom: FoldedRow[] = [];
  let first = 0;
  let last = blocks.length - 1;
  while (first <= last) {
    const fromTop = top.length <= bottom.length;
    const next = ways[fromTop ? first : last]?.[0] ?? [];
    // The fold itself needs one line.
    if (top.length + bottom.length + next.length >= maxLines) break;
    if (fromTop) {
      top.push(...next);
      first += 1;
    } else {
      bottom.unshift(...next);
      last -= 1;
    }
  }
  const hidden = blocks.slice(first, last + 1).flatMap(({ rows, gap }) => (gap ? [...rows, gap.row] : rows));
  return [...top, foldOf(hidden, 0), ...bottom];
}

/** Merges two adjacent folds. */
function joinFolds(rows: readonly FoldedRow[]): FoldedRow[] {
  const joined: FoldedRow[] = [];
  for (const row of rows) {
    const before = joined.at(-1);
    if (row.shape === "fold" && before?.shape === "fold") {
      joined[joined.length - 1] = foldOf([...before.hidden, ...row.hidden], 0);
    } else joined.push(row);
  }
  return joined;
}

function foldOf(hidden: readonly Row[], period: number): Fold {
  return { shape: "fold", text: hiddenText(hidden, period), hidden };
}

/** The text of a fold: `… 4,996 more`, `… 497 more rounds`, `… 9,980 more: 4,990 requests, 4,990 responses`. */
function hiddenText(rows: readonly Row[], period: number): string {
  // Always in this order.
  const counts = new Map(["requests", "responses", "arrivals", "notes", "others"].map((name) => [name, 0]));
  const add = (name: string, count: number) => counts.set(name, (counts.get(name) ?? 0) + count);
  for (const row of rows) {
    if (row.shape === "gap")
      for (const [kind, count] of Object.entries(row.missing ?? {})) add(names[kind] ?? kind, count);
    // The two ends of a message count as one message.
    else if (row.shape === "arrives") add("arrivals", 1);
    else add(names[row.kind] ?? "others", 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (period > 1 && total % period === 0 && total > period) return `… ${grouped(total / period)} more rounds`;
  const present = [...counts].filter(([, count]) => count > 0);
  if (present.length === 1) return `… ${grouped(total)} more`;
  return `… ${grouped(total)} more: ${present.map(([name, count]) => `${grouped(count)} ${name}`).join(", ")}`;
}

const names: Readonly<Record<string, string>> = {
  request: "requests",
  response: "responses",
  note: "notes",
};

function position(row: Row): string {
  return grouped((row.index ?? 0) + 1);
}

/** 0, n-1, 1, n-2, …: the beginning and the end of a call say more than its middle. */
function fromOutside(length: number): number[] {
  return Array.from({ length }, (_, at) => (at % 2 === 0 ? at / 2 : length - 1 - (at - 1) / 2));
}
