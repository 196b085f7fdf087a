import type { Summary } from "../measure/statistics.js";
import type { Unit, Verdict } from "../works/outcome.js";

/** A figure with its unit, in a suitable number of digits. */
export function figure(value: number, unit: Unit | undefined): string {
  if (unit === undefined) return ratio(value);
  if (unit === "bytes") return bytes(value);
  return `${significant(value)} ${unit}`;
}

/** From the slowest round to the fastest. */
export function spread({ min, max }: Summary, unit: Unit | undefined): string {
  const short = (value: number) => figure(value, unit).replace(/ [^ ]+$/, "");
  return unit === "bytes" ? `${bytes(min)} – ${bytes(max)}` : `${short(min)} – ${short(max)}`;
}

/** The bar that the figure must reach: "≥ 4", "≤ 2.00 MiB". */
export function bound({ sense, unit }: Verdict, bar: number): string {
  return `${sense === "at least" ? "≥" : "≤"} ${unit === undefined ? String(bar) : figure(bar, unit)}`;
}

function ratio(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A count, with grouped thousands. */
export function whole(count: number): string {
  return count.toLocaleString("en");
}

/** Three digits; thousands are grouped. */
function significant(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function bytes(value: number): string {
  const size = Math.abs(value);
  if (size >= 1024 * 1024) return `${(value / 1024 / 1024).toFixed(2)} MiB`;
  if (size >= 1024) return `${(value / 1024).toFixed(1)} KiB`;
  return `${Math.round(value)} B`;
}
