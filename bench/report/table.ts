import { markdownTable } from "markdown-table";
import stringWidth from "string-width";
import type { Verdict } from "../works/outcome.js";
import { bound, figure, spread } from "./figures.js";
import { type Report, type Reported, reaches } from "./report.js";

const headings = ["work", "", "median", "spread", "to bare", "spread", "bar", "stretch", ""];
const alignment = ["l", "l", "r", "r", "r", "r", "r", "r", "l"];

/**
 * The run as a Markdown table, padded to columns, for a terminal and for a page.
 *
 * A verdict is on the line of its subject, or on its own line if it compares lines.
 */
export function tableOf({ works, gate }: Pick<Report, "works" | "gate">): string {
  return markdownTable([headings, ...works.flatMap((work) => rowsOf(work, gate))], {
    align: alignment,
    stringLength: stringWidth,
  });
}

function rowsOf({ name, outcome }: Reported, gate: number): string[][] {
  const verdicts = outcome.verdicts ?? [];
  const lines = outcome.lines.map(({ subject, unit, value, ratio, failure }) => {
    const verdict = verdicts.find(({ what }) => what === subject);
    return [
      subject,
      value ? figure(value.median, unit) : `failed: ${failure?.split("\n")[0] ?? ""}`,
      value ? spread(value, unit) : "",
      ratio ? figure(ratio.median, undefined) : "",
      ratio ? spread(ratio, undefined) : "",
      ...judged(verdict, gate),
    ];
  });
  const others = verdicts
    .filter(({ what }) => !outcome.lines.some(({ subject }) => subject === what))
    .map((verdict) => [verdict.what, figure(verdict.value, verdict.unit), "", "", "", ...judged(verdict, gate)]);
  return [...lines, ...others].map((row, index) => [index === 0 ? name : "", ...row]);
}

function judged(verdict: Verdict | undefined, gate: number): string[] {
  if (verdict === undefined) return ["", "", ""];
  const { bar, stretch } = verdict;
  return [
    bound(verdict, bar),
    stretch === undefined ? "" : bound(verdict, stretch),
    reaches(verdict, gate) ? "✓" : "✗ missed",
  ];
}
