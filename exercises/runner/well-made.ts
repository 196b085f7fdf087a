import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { answersOf } from "./answers.js";
import { type Exercise, exercises, fileOf, root } from "./exercise.js";
import { hintsOf } from "./hints.js";
import { bodiesOf, solutionOf } from "./regions.js";
import { unfenced } from "./samples.js";
import { sectionsOf } from "./sections.js";

/** Pages that a learner or an instructor reads. */
const pages = ["README.md", "hints.md", "explain.md", "notes.md"];

/** What is wrong with the files of an exercise, of what can be seen without running anything. */
export function objectionsTo(exercise: Exercise): readonly string[] {
  const missing = pages.filter((file) => !existsSync(join(exercise.folder, file))).map((file) => `there is no ${file}`);
  if (missing.length > 0) return missing;
  return [
    ...checksAndMessages(exercise),
    ...hints(exercise),
    ...references(exercise),
    ...minutes(exercise),
    ...leftOver(exercise),
    ...unfenced(exercise),
  ];
}

/** A check is named that is there, each message has a mistake that must get it, and sends the learner to a section that is there. */
function checksAndMessages(exercise: Exercise): string[] {
  const earlier = exercises()
    .map(({ id }) => id)
    .filter((id) => id < exercise.id);
  const answers = answersOf(exercise);
  const sections = sectionsOf(fileOf(exercise, "README.md")).map(({ title }) => title);
  return [
    ...(exercise.checks.some(({ id }) => id === exercise.startFails) ? [] : ["startFails names no check"]),
    ...exercise.needs
      .filter((id) => !earlier.includes(id))
      .map((id) => `it needs ${id}, which does not come before it`),
    ...exercise.docs
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => `docs names ${file}, which is not there`),
    ...Object.entries(exercise.mistakes).flatMap(([id, { read }]) => [
      ...(answers.some(({ gets }) => gets === id) ? [] : [`no wrong answer of mistakes.md gets ${id}`]),
      ...[...read.matchAll(/README, "([^"]+)"/g)]
        .filter(([, title = ""]) => !sections.includes(title))
        .map(([, title]) => `${id} sends to the section "${title}", which README.md has not`),
    ]),
    ...answers
      .filter(({ gets }) => gets !== undefined && !(gets in exercise.mistakes))
      .map(({ name, gets }) => `mistakes.md, "${name}": exercise.json has no message ${gets}`),
  ];
}

/** There are three, and the first is a nudge: no line of the solution stands in it. */
function hints(exercise: Exercise): string[] {
  const all = hintsOf(fileOf(exercise, "hints.md"));
  if (all.length !== 3) return [`hints.md has ${all.length} hints, and not 3`];
  const [nudge = ""] = all;
  const squeezed = (text: string) => text.replaceAll(/\s+/g, "");
  return bodiesOf(solutionOf(fileOf(exercise, "solution.ts")))
    .flatMap((body) => body.split("\n"))
    .map((line) => line.trim())
    .filter((line) => /\w/.test(line) && !/^\/\//.test(line) && !commonplace.test(line))
    .filter((line) => squeezed(nudge).includes(squeezed(line).replace(/;$/, "")))
    .map((line) => `the first hint gives a line of the solution away: ${line}`);
}

/** Lines that say nothing of a solution. */
const commonplace = /^(\}?\s*(else|finally|try|return)\s*\{?;?|\}.*)$/;

/** What a page names is there: files, names in a file, pages behind a link. */
function references(exercise: Exercise): string[] {
  return pages.flatMap((page) => {
    const text = fileOf(exercise, page);
    const files = [...text.matchAll(/`((?:src|docs|test|exercises|proto|bench)\/[\w./-]+\.\w+)`/g)].map(
      ([, file = ""]) => file,
    );
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, file = ""]) =>
      join("exercises", exercise.name, file),
    );
    const named = [...text.matchAll(/`(\w+)` in `([\w./-]+\.\w+)`/g)];
    return [
      ...[...files, ...links]
        .filter((file) => !existsSync(join(root, file)))
        .map((file) => `${page} names ${file}, which is not there`),
      ...named
        .filter(
          ([, name = "", file = ""]) =>
            existsSync(join(root, file)) && !readFileSync(join(root, file), "utf8").includes(name),
        )
        .map(([, name, file]) => `${page} names ${name} in ${file}, which has it not`),
    ];
  });
}

/** What the instructor reads is what the timetable reckons with. */
function minutes(exercise: Exercise): string[] {
  const [, told] = fileOf(exercise, "notes.md").match(/\*\*Minutes\*\*: (\d+)/) ?? [];
  return Number(told) === exercise.minutes
    ? []
    : [`notes.md says ${told} minutes, and exercise.json ${exercise.minutes}`];
}

/** Files, and drawings of checks, that belong to nothing: an earlier state of the exercise has left them behind. */
function leftOver(exercise: Exercise): string[] {
  const screens = answersOf(exercise)
    .filter(({ hasScreen }) => hasScreen)
    .map(({ name }) => join("screens", `${name}.txt`));
  const files = [
    ...pages,
    "exercise.json",
    "solution.ts",
    "check.ts",
    "mistakes.md",
    "expected.md",
    "screens",
    ...screens,
  ];
  const expected = existsSync(join(exercise.folder, "expected.md")) ? fileOf(exercise, "expected.md") : "";
  return [
    ...readdirSync(exercise.folder, { recursive: true, encoding: "utf8" })
      .filter((file) => !files.includes(file) && !/(^|[\\/])\./.test(file))
      .map((file) => `${file} belongs to nothing`),
    ...sectionsOf(expected)
      .filter(({ title }) => !exercise.checks.some(({ id }) => id === title))
      .map(({ title }) => `expected.md, "${title}": there is no such check`),
  ];
}
