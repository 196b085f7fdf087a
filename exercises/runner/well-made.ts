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
  const gotten = new Set(answersOf(exercise).map(({ gets }) => gets));
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
      ...(gotten.has(id) ? [] : [`no file of mistakes/ gets ${id}`]),
      ...[...read.matchAll(/README, "([^"]+)"/g)]
        .filter(([, title = ""]) => !sections.includes(title))
        .map(([, title]) => `${id} sends to the section "${title}", which README.md has not`),
    ]),
    ...[...gotten]
      .filter((id) => id !== undefined && !(id in exercise.mistakes))
      .map((id) => `there is no message ${id}`),
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

/** Screens of mistakes, and drawings of checks, that are there no more. */
function leftOver(exercise: Exercise): string[] {
  const answers = answersOf(exercise).map(({ name }) => `${name}.txt`);
  const checks = exercise.checks.map(({ id }) => `${id}.txt`);
  return [
    ["screens", answers],
    ["expected", checks],
  ].flatMap(([folder, expected]) => {
    const path = join(exercise.folder, String(folder));
    const there = existsSync(path) ? readdirSync(path) : [];
    return there
      .filter((file) => !file.startsWith(".") && !expected?.includes(file))
      .map((file) => `${folder}/${file} belongs to nothing`);
  });
}
