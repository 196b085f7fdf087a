import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Checked } from "../check/checker.js";
import type { Verdict } from "../check/verdict.js";
import type { Answer } from "../content/answers.js";
import { type Exercise, fileOf } from "../content/exercise.js";
import { sectionsOf } from "../content/sections.js";
import { plain } from "../screen/text.js";
import { verdictScreen } from "../screen/verdict-screen.js";

/**
 * Compares what a run has shown with the generated files of the exercise. This is synchronous, because several verdicts
 * of one exercise come at the same time and share mistakes.md.
 *
 * @param update writes the files instead of comparing them
 * @returns the differences
 */
export function compareShown(
  exercise: Exercise,
  { name, gets, hasScreen }: Answer,
  { verdict, checked }: { readonly verdict: Verdict; readonly checked?: Checked },
  update: boolean,
): string[] {
  const compare = (file: string, text: string, place = file): string[] => {
    const path = join(exercise.folder, file);
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    if (before === text) return [];
    if (!update) {
      const what = before === undefined ? "is missing" : "is not what it would be now";
      return [`exercises/${exercise.name}/${place} ${what}: UPDATE=1 writes it`];
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return [];
  };
  if (verdict.kind === "pass" && name === "solution" && checked) return compare("expected.md", drawingsOf(checked));
  if (!("check" in verdict)) return [];
  const screen = verdictScreen(exercise, { verdict, tookMs: 600 }, { width: 80, paint: plain });
  const check = exercise.checks.find(({ id }) => id === verdict.check);
  const said = `> ◆ **${check?.title}**: ${verdict.message.happened}`;
  return [
    ...(hasScreen ? compare(join("screens", `${name}.txt`), `${screen.join("\n")}\n`) : []),
    ...(gets ? compare("mistakes.md", mistakesWith(exercise, name, said), `mistakes.md, "${name}",`) : []),
  ];
}

/** The page expected.md: what passes in each check of the solution. */
function drawingsOf({ checks }: Checked): string {
  const sections = checks.map(({ id, diagram }) => `## ${id}\n\`\`\`\n${diagram.join("\n")}\n\`\`\`\n`);
  return ["# The solution's calls, check by check\n", ...sections].join("\n");
}

/** The page mistakes.md, with `said` quoted below the code of one wrong answer. */
function mistakesWith(exercise: Exercise, name: string, said: string): string {
  const page = fileOf(exercise, "mistakes.md");
  const text = sectionsOf(page).find(({ title }) => title === name)?.text ?? "";
  const below = text.lastIndexOf("\n```") + "\n```".length;
  const rest = text.slice(below).replaceAll(/\n+>.*/g, "");
  return page.replace(`## ${name}${text}`, () => `## ${name}${text.slice(0, below)}\n${said}${rest}`);
}
