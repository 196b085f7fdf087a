import type { Row } from "./row.js";

/** Rows that repeat: one kind of row (`period` 1), or rounds of `period` rows, such as request, response. */
export interface Block {
  readonly rows: readonly Row[];
  readonly period: number;
  /** Messages that the recording did not keep, missing before the row at `at`. */
  readonly gap?: { readonly at: number; readonly row: Row };
}

/** A reader does not recognize longer rounds either. */
const longestPeriod = 4;
/** Two rounds may be chance. */
const fewestRounds = 3;

/** Cuts rows into blocks, from the beginning. Each block is the one that covers the most rows. */
export function blocksOf(rows: readonly Row[]): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < rows.length; ) {
    const found = longestAt(rows, at);
    blocks.push(found.block);
    at += found.length;
  }
  return blocks;
}

interface Found {
  readonly block: Block;
  /** How many rows of the input it takes, the gap included. */
  readonly length: number;
}

function longestAt(rows: readonly Row[], at: number): Found {
  let best = repeatsAt(rows, at, 1);
  for (let period = 2; period <= longestPeriod; period += 1) {
    const found = repeatsAt(rows, at, period);
    if (found.block.rows.length >= period * fewestRounds && found.length > best.length) best = found;
  }
  return best;
}

function repeatsAt(rows: readonly Row[], start: number, period: number): Found {
  const pattern = rows.slice(start, start + period);
  const taken: Row[] = [];
  let gap: Block["gap"];
  let at = start;
  while (at < rows.length) {
    const row = rows[at];
    // A gap between two rounds of one kind is part of the block. A second gap ends the block.
    const skip = row?.shape === "gap" && at > start && gap === undefined ? 1 : 0;
    const round = rows.slice(at + skip, at + skip + period);
    if (
      round.length < period ||
      !round.every((next, place) => next === pattern[place] || isAlike(next, pattern[place]))
    )
      break;
    if (skip === 1 && row !== undefined) gap = { at: taken.length, row };
    taken.push(...round);
    at += skip + period;
  }
  if (taken.length === 0) return { block: { rows: pattern.slice(0, 1), period: 1 }, length: 1 };
  return { block: { rows: taken, period, ...(gap === undefined ? {} : { gap }) }, length: at - start };
}

/** Only messages and notes repeat. Everything else happens once, and always gets a line. */
function isAlike(a: Row, b: Row | undefined): boolean {
  return b !== undefined && a.index !== undefined && a.shape === b.shape && a.kind === b.kind && a.from === b.from;
}
