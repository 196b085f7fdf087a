import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { answersOf } from "../content/answers.js";
import { type Exercise, exercises, fileOf, root } from "../content/exercise.js";
import { bodiesOf, solutionOf } from "../content/regions.js";
import { hintsOf, sectionsOf } from "../content/sections.js";
import { unfenced } from "./samples.js";

/** The pages for learners and instructors. */
const pages = ["README.md", "hints.md", "explain.md", "notes.md"];

/** What is wrong with the files of an exercise. Nothing runs for this. */
export function objectionsTo(exercise: Exercise): readonly string[] {
  const missing = pages.filter((file) => !existsSync(join(exercise.folder, file))).map((file) => `there is no ${file}`);
  if (missing.length > 0) return missing;
  const rules = [checksAndMessages, hints, references, minutes, leftOver, unfenced];
  return rules.flatMap((rule) => rule(exercise));
}

const isThere = (file: string) => existsSync(join(root, file));

/**
 * The checks, exercises, pages and messages that exercise.json names exist, and each message belongs to a wrong answer.
 */
function checksAndMessages(exercise: Exercise): string[] {
  const { checks, startFails, needs, docs, mistakes } = exercise;
  const earlier = exercises().filter(({ id }) => id < exercise.id);
  const answers = answersOf(exercise);
  const sections = sectionsOf(fileOf(exercise, "README.md")).map(({ title }) => title);
  return [
    ...(checks.some(({ id }) => id === startFails) ? [] : ["startFails names no check"]),
    ...needs
      .filter((need) => !earlier.some(({ id }) => id === need))
      .map((need) => `it needs ${need}, which does not come before it`),
    ...docs.filter((file) => !isThere(file)).map((file) => `docs names ${file}, which does not exist`),
    ...Object.entries(mistakes).flatMap(([id, { read }]) => [
      ...(answers.some(({ gets }) => gets === id) ? [] : [`no wrong answer of mistakes.md gets ${id}`]),
      ...[...read.matchAll(/README, "([^"]+)"/g)]
        .filter(([, title = ""]) => !sections.includes(title))
        .map(([, title]) => `${id} names the section "${title}", which README.md does not have`),
    ]),
    ...answers
      .filter(({ gets }) => gets !== undefined && !(gets in mistakes))
      .map(({ name, gets }) => `mistakes.md, "${name}": exercise.json has no message ${gets}`),
  ];
}

/** Lines that say nothing about a solution. */
const commonplace = /^(\}?\s*(else|finally|try|return)\s*\{?;?|\}.*)$/;

/** There are three hints, and the first one contains no line of the solution. */
function hints(exercise: Exercise): string[] {
  const all = hintsOf(fileOf(exercise, "hints.md"));
  if (all.length !== 3) return [`hints.md has ${all.length} hints instead of 3`];
  const squeezed = (text = "") => text.replaceAll(/\s+/g, "");
  const nudge = squeezed(all[0]);
  return bodiesOf(solutionOf(fileOf(exercise, "solution.ts")))
    .flatMap((body) => body.split("\n"))
    .map((line) => line.trim())
    .filter((line) => /\w/.test(line) && !/^\/\//.test(line) && !commonplace.test(line))
    .filter((line) => nudge.includes(squeezed(line).replace(/;$/, "")))
    .map((line) => `the first hint contains a line of the solution: ${line}`);
}

/** The files and names on a page exist. A test of the docs reads the links. */
function references(exercise: Exercise): string[] {
  return pages.flatMap((page) => {
    const text = fileOf(exercise, page);
    const files = text.matchAll(/`((?:src|docs|test|exercises|proto|bench)\/[\w./-]+\.\w+)`/g);
    const named = text.matchAll(/`(\w+)` in `([\w./-]+\.\w+)`/g);
    return [
      ...[...files]
        .filter(([, file = ""]) => !isThere(file))
        .map(([, file]) => `${page} names ${file}, which does not exist`),
      ...[...named]
        .filter(([, name = "", file = ""]) => isThere(file) && !readFileSync(join(root, file), "utf8").includes(name))
        .map(([, name, file]) => `${page} names ${name} in ${file}, which does not have it`),
    ];
  });
}

/** The instructor's notes and the timetable say the same minutes. */
function minutes(exercise: Exercise): string[] {
  const [, told] = fileOf(exercise, "notes.md").match(/\*\*Minutes\*\*: (\d+)/) ?? [];
  if (Number(told) === exercise.minutes) return [];
  return [`notes.md says ${told} minutes, and exercise.json ${exercise.minutes}`];
}

/** No file, and no drawing of a check, is left from an earlier state of the exercise. */
function leftOver(exercise: Exercise): string[] {
  const screens = answersOf(exercise).filter(({ hasScreen }) => hasScreen);
  const generated = ["expected.md", "screens", ...screens.map(({ name }) => join("screens", `${name}.txt`))];
  const files = [...pages, ...generated, "exercise.json", "solution.ts", "check.ts", "scene.ts", "mistakes.md"];
  const expected = existsSync(join(exercise.folder, "expected.md")) ? fileOf(exercise, "expected.md") : "";
  return [
    ...readdirSync(exercise.folder, { recursive: true, encoding: "utf8" })
      .filter((file) => !files.includes(file) && !/(^|[\\/])\./.test(file))
      .map((file) => `${file} is not a file of an exercise: delete it`),
    ...sectionsOf(expected)
      .filter(({ title }) => !exercise.checks.some(({ id }) => id === title))
      .map(({ title }) => `expected.md, "${title}": the exercise has no such check`),
  ];
}
