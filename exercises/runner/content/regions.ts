/**
 * The solution is the only code of an exercise that an author writes. Two comments stand around the learner's part. A
 * line between them that begins with `//>` is for the starter, and every other line is for the solution:
 *
 *     // #region yours
 *     //> // Send each reading as soon as it is there.
 *     for await (const reading of readings) call.write(reading);
 *     // #endregion
 */
const region = /^([ \t]*)\/\/ #region yours\n([\s\S]*?)^[ \t]*\/\/ #endregion\n/gm;

/** The comments that stand around the learner's part in the learner's file. */
const [begins, ends] = ["// ─── yours, from here …", "// ─── … to here"];

/** An author's mistake in the files of an exercise. */
export class Malformed extends Error {}

/**
 * The starter: the file that the learner begins with. @throws Malformed if there is no region, or no starter line in
 * one
 */
export function starterOf(solution: string): string {
  return withRegions(solution, (body) => {
    const lines = body.split("\n").flatMap((line) => line.match(/^[ \t]*\/\/> ?(.*)$/)?.[1] ?? []);
    if (lines.length === 0) throw new Malformed("a region without a line that begins with `//>`");
    return lines;
  });
}

/** The solution as a learner sees it: with marked regions, and without the starter's lines. */
export function solutionOf(solution: string): string {
  return withRegions(solution, (body, indent) =>
    body
      .split("\n")
      .slice(0, -1)
      .filter((line) => !/^[ \t]*\/\/>/.test(line))
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)),
  );
}

/** The learner's part of a file: a text for each region, without its indent. */
export function bodiesOf(file: string): readonly string[] {
  return file
    .split(new RegExp(`^[ \\t]*${begins}\\n`, "m"))
    .slice(1)
    .map((rest) => unindented(rest.split(new RegExp(`^[ \\t]*${ends}$`, "m"))[0] ?? ""));
}

/** The solution with other code in some regions, by their numbers from 1. @throws Malformed if there is no such region */
export function withCode(solution: string, codes: ReadonlyMap<number, string>): string {
  const solved = bodiesOf(solutionOf(solution));
  const missing = [...codes.keys()].find((region) => region < 1 || region > solved.length);
  if (missing !== undefined)
    throw new Malformed(`it has code for region ${missing}, and the solution has ${solved.length}`);
  let region = 0;
  return withRegions(solution, () => {
    const code = codes.get(++region) ?? solved[region - 1] ?? "";
    return code.trimEnd().split("\n");
  });
}

function unindented(text: string): string {
  const lines = text.trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  return lines.map((line) => line.slice(Math.min(...indents))).join("\n");
}

function withRegions(text: string, lines: (body: string, indent: string) => readonly string[]): string {
  let found = 0;
  const result = text.replaceAll(region, (_all, indent: string, body: string) => {
    found += 1;
    const all = [begins, ...lines(body, indent), ends];
    return all.map((line) => (line === "" ? "\n" : `${indent}${line}\n`)).join("");
  });
  if (found === 0) throw new Malformed("there is no `// #region yours` with an `// #endregion`");
  return result;
}
