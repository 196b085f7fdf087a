import { existsSync } from "node:fs";
import { join } from "node:path";
import stringWidth from "string-width";
import type { Judged } from "../check/judge.js";
import { type Exercise, fileOf, type Message } from "../content/exercise.js";
import { fencesOf, sectionsOf } from "../content/sections.js";
import { columns, fill, type Paint, widest } from "./text.js";

interface Look {
  /** In columns. */
  readonly width: number;
  readonly paint: Paint;
}

/** The screen of a verdict, as lines. Beside the learner's run it shows how the solution's run looks. */
export function verdictScreen(exercise: Exercise, { verdict, tookMs }: Judged, look: Look): readonly string[] {
  const { paint, width } = look;
  const title = paint.strong(`${exercise.id} · ${exercise.title}`);
  if (verdict.kind === "does not compile") {
    const errors = verdict.errors.flatMap(({ file, line, sentence }) => [
      paint.strong(`${file}, line ${line}`),
      ...fill(sentence, width, "    "),
    ]);
    return [spread(title, paint.yet("does not compile"), width), "", ...errors];
  }
  const { checks } = exercise;
  const failed = verdict.kind === "pass" ? checks.length : checks.findIndex(({ id }) => id === verdict.check);
  const passed = checks.slice(0, Math.max(0, failed));
  const lines = [
    spread(title, `compiles   checks ${passed.length}/${checks.length}   ${(tookMs / 1000).toFixed(1)} s`, width),
    ...passed.flatMap((check) => fill(check.title, width, "  ", `${paint.good("✓")} `)),
  ];
  if (verdict.kind === "pass") return [...lines, ...stillRunning(verdict.left, look)];
  const atFault = checks[failed];
  return [
    ...lines,
    ...(atFault ? fill(atFault.title, width, "  ", `${paint.yet("◆")} `) : []),
    ...messageLines(verdict.message, look),
    ...sideBySide(verdict.diagram, expectedDiagram(exercise, verdict.check), look),
  ];
}

/** The run of a check as it was drawn for the solution; empty if nothing is drawn. */
function expectedDiagram(exercise: Exercise, check: string | undefined): readonly string[] {
  const page = existsSync(join(exercise.folder, "expected.md")) ? fileOf(exercise, "expected.md") : "";
  const sections = sectionsOf(page).filter(({ title }) => title === check);
  return sections.flatMap(({ text }) => fencesOf(text)).flatMap(({ code }) => code.trimEnd().split("\n"));
}

/** Node's names of resources, in words. */
const inWords: Readonly<Record<string, string>> = {
  Timeout: "a timer",
  TCPServerWrap: "a server",
  ProcessWrap: "another process",
};

/** The exercise passes in spite of this, but a server that runs for a year would leak. */
function stillRunning(left: readonly string[], { paint, width }: Look): string[] {
  if (left.length === 0) return [];
  const what = [...new Set(left)].map((kind) => inWords[kind] ?? kind).join(", ");
  const text = `When all calls were over, something of yours was still running: ${what}.`;
  return ["", ...fill(text, width, "  ").map(paint.yet)];
}

function messageLines({ happened, why, try: hint, read }: Message, { paint, width }: Look): string[] {
  const rows = [
    ["What happened", happened],
    ["Why", why],
    ["Try", hint],
    ["Read", read],
  ] as const;
  return rows.flatMap(([label, text]) =>
    width < 60
      ? [`  ${paint.faint(label)}`, ...fill(text, width, "    ")]
      : fill(text, width, " ".repeat(20), `    ${paint.faint(label.padEnd(16))}`),
  );
}

/** The two drawings beside each other, or below each other if the window is too narrow. */
function sideBySide(yours: readonly string[], expected: readonly string[], { width, paint }: Look): string[] {
  if (yours.length === 0 && expected.length === 0) return [];
  const left = widest(yours, "yours".length);
  const indented = (line: string) => `    ${line}`;
  if (left + widest(expected, "expected".length) + 8 > width)
    return [paint.faint("yours"), ...yours, paint.faint("expected"), ...expected].map(indented);
  const rows = Array.from({ length: Math.max(yours.length, expected.length) }, (_, row) =>
    columns([yours[row] ?? "", expected[row] ?? ""], [left + 1]),
  );
  return [columns([paint.faint("yours"), paint.faint("expected")], [left + 1]), ...rows].map((line) =>
    indented(line).trimEnd(),
  );
}

/** A left and a right part on one line, or on two lines if one is too short. */
function spread(left: string, right: string, width: number): string {
  const gap = width - stringWidth(left) - stringWidth(right);
  return gap >= 2 ? `${left}${" ".repeat(gap)}${right}` : `${left}\n${right}`;
}
