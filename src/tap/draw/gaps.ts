import type { EventKind } from "../record/event.js";
import type { Row } from "./row.js";

/** Inserts a row where the bounded recording did not keep messages: their indexes jump. */
export function withGaps(rows: readonly Row[]): Row[] {
  const result: Row[] = [];
  /** Per kind and side: the next index, and the place in `result` after which it may be. */
  const known = new Map<string, { next: number; after: number }>();
  let lastGap = -1;
  for (const row of rows) {
    if (row.index === undefined || row.shape === "arrives") {
      result.push(row);
      continue;
    }
    const key = `${row.kind} ${row.from}`;
    const { next, after } = known.get(key) ?? { next: 0, after: -1 };
    if (row.index > next) {
      const gap = result[lastGap];
      // Both directions usually have their gap at the same time. One row shows both, where that is possible.
      if (gap !== undefined && lastGap > after) result[lastGap] = joined(gap, row.kind, row.index - next);
      else lastGap = result.push(gapBefore(row, row.index - next)) - 1;
    }
    known.set(key, { next: row.index + 1, after: result.push(row) - 1 });
  }
  return result;
}

function gapBefore(row: Row, count: number): Row {
  return { shape: "gap", kind: row.kind, from: row.from, text: "", atNs: row.atNs, missing: { [row.kind]: count } };
}

function joined(gap: Row, kind: EventKind, count: number): Row {
  return { ...gap, missing: { ...gap.missing, [kind]: (gap.missing?.[kind] ?? 0) + count } };
}
