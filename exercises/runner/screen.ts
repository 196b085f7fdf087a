import stringWidth from "string-width";
import type { Exercise, Message } from "./exercise.js";
import type { Verdict } from "./verdict.js";

/** How parts of a screen are coloured; without colour every one gives its text back. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  /** What is not there yet. Amber, and not red: nobody has done anything wrong by trying. */
  readonly yet: (text: string) => string;
}

export const plain: Paint = { strong: same, faint: same, good: same, yet: same };

function same(text: string): string {
  return text;
}

/** What a verdict's screen says beside the verdict. */
export interface Around {
  /** In columns. */
  readonly width: number;
  readonly paint: Paint;
  /** From the saving of the file to the verdict, in milliseconds. */
  readonly tookMs: number;
  /** How the run of the check that failed should look; empty where nothing is drawn. */
  readonly expected: readonly string[];
}

/** The screen of a verdict, as lines. */
export function verdictScreen(exercise: Exercise, verdict: Verdict, around: Around): readonly string[] {
  const { paint, width, tookMs } = around;
  const title = `${exercise.id} · ${exercise.title}`;
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  if (verdict.kind === "does not compile") {
    return [
      spread(paint.strong(title), paint.yet("does not compile"), width),
      "",
      ...verdict.errors.flatMap(({ file, line, sentence }) => [
        paint.strong(`${file}, line ${line}`),
        ...wrapped(sentence, width, "    "),
      ]),
    ];
  }
  const failedAt = verdict.kind === "pass" ? undefined : verdict.check;
  const index = failedAt === undefined ? -1 : exercise.checks.findIndex(({ id }) => id === failedAt);
  const passed = verdict.kind === "pass" ? exercise.checks.length : Math.max(0, index);
  const lines = [
    spread(paint.strong(title), `compiles   checks ${passed}/${exercise.checks.length}   ${seconds}`, width),
    ...exercise.checks.slice(0, passed).flatMap(({ title: text }) => marked(paint.good("✓"), text, width)),
  ];
  if (verdict.kind === "pass") return [...lines, ...stillRunning(verdict.left, around)];
  const failed = exercise.checks[index];
  return [
    ...lines,
    ...(failed ? marked(paint.yet("◆"), failed.title, width) : []),
    ...told(verdict.message, around),
    ...sideBySide(verdict.diagram, around),
  ];
}

/** What Node calls it, in words. */
const inWords: Readonly<Record<string, string>> = {
  Timeout: "a timer",
  TCPServerWrap: "a server",
  ProcessWrap: "another process",
};

/** It passes; in a server that runs for a year it would be missed. */
function stillRunning(left: readonly string[], { paint, width }: Around): string[] {
  if (left.length === 0) return [];
  const what = [...new Set(left)].map((kind) => inWords[kind] ?? kind).join(", ");
  const text = `When all calls were over, something of yours was still running: ${what}.`;
  return ["", ...wrapped(text, width, "  ").map((line) => paint.yet(line))];
}

function told(message: Message, { paint, width }: Around): string[] {
  const rows = [
    ["What happened", message.happened],
    ["Why", message.why],
    ["Try", message.try],
    ["Read", message.read],
  ] as const;
  const narrow = width < 60;
  return rows.flatMap(([label, text]) => {
    if (narrow) return [`  ${paint.faint(label)}`, ...wrapped(text, width, "    ")];
    const [first = "", ...more] = wrapped(text, width, " ".repeat(20));
    return [`    ${paint.faint(label.padEnd(16))}${first.trimStart()}`, ...more];
  });
}

/** What was and what should be, beside each other, or below each other where that is too wide. */
function sideBySide(yours: readonly string[], { expected, width, paint }: Around): string[] {
  if (yours.length === 0 && expected.length === 0) return [];
  const left = Math.max(...yours.map((line) => stringWidth(line)), 5);
  const right = Math.max(...expected.map((line) => stringWidth(line)), 8);
  if (left + right + 8 > width) {
    return [paint.faint("    yours"), ...indented(yours), paint.faint("    expected"), ...indented(expected)];
  }
  const rows = Math.max(yours.length, expected.length);
  return [
    `    ${paint.faint("yours".padEnd(left + 4))}${paint.faint("expected")}`,
    ...Array.from({ length: rows }, (_, row) => {
      const mine = yours[row] ?? "";
      return `    ${mine}${" ".repeat(left + 4 - stringWidth(mine))}${expected[row] ?? ""}`.trimEnd();
    }),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}

function marked(mark: string, text: string, width: number): string[] {
  const [first = "", ...more] = wrapped(text, width, "  ");
  return [`${mark} ${first.trimStart()}`, ...more];
}

/** A left and a right part on one line, or on two where there is no room. */
function spread(left: string, right: string, width: number): string {
  const gap = width - stringWidth(left) - stringWidth(right);
  return gap >= 2 ? `${left}${" ".repeat(gap)}${right}` : `${left}\n${right}`;
}

/** Words, in lines of at most `width` columns that begin with `indent`. A word that is too long has a line of its own. */
export function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent.length + stringWidth(longer) > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, indent + line];
}
