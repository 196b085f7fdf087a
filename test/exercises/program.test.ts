import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { programOf } from "../program-of.js";
import { emptyOwnWork } from "./own-work.js";

const { exerciseNumbered, exercises, fileOf, root } = await import("../../exercises/runner/exercise.js");
const { unwritable } = await import("../../exercises/runner/work.js");
const { solutionOf, starterOf } = await import("../../exercises/runner/regions.js");

const run = (...args: string[]) => programOf("../exercises/runner/main", args);

/** Writes the learner's file of an exercise, and gives back where. */
async function written(number: string, text: (solution: string) => string): Promise<string> {
  const exercise = exerciseNumbered(number);
  if (!exercise) throw new Error(`no exercise ${number}`);
  await mkdir(dirname(exercise.work), { recursive: true });
  await writeFile(exercise.work, text(solutionOf(fileOf(exercise, "solution.ts"))));
  return exercise.work;
}

describe("make exercise", () => {
  afterEach(emptyOwnWork);

  it("makes the file, says what is wrong with it, and ends with 1", async () => {
    const { code, stdout, stderr } = await run("check", "3");
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: "" });
    expect(stdout)
      .to.include("that is the file to edit")
      .and.include("Message 1 arrived after the source had finished");
    const exercise = exerciseNumbered("3");
    expect(exercise && (await readFile(exercise.work, "utf8"))).to.equal(
      exercise && starterOf(fileOf(exercise, "solution.ts")),
    );
  });

  it("ends with 0 for the solution, and then shows it, and that there is no difference", async () => {
    await written("3", (solution) => solution);
    const { code, stdout } = await run("check", "3");
    expect(code, stdout).to.equal(0);
    expect(stdout).to.include("checks 3/3");
    const shown = await run("solution", "3");
    expect(shown.code).to.equal(0);
    expect(shown.stdout).to.include("for await (const reading of readings()) call.write(reading);");
    expect((await run("diff", "3")).stdout).to.include("letter by letter");
    expect((await run("list")).stdout).to.match(/^A stream of answers\n├─ ✓ 03 /m);
    expect((await run("check-done")).stdout).to.match(/^✓ 03 .*pass/m);
  });

  it("ends with 2 where it does not compile, with the line and the compiler's sentence", async () => {
    await written("3", (solution) => solution.replace("call.end();", "call.ende();"));
    const { code, stdout } = await run("check", "3");
    expect(code).to.equal(2);
    expect(stdout).to.match(/03-a-stream-not-a-list\.ts, line \d+\n {4}Property 'ende' does not exist/);
  });

  it("says what does not fit where a call fits no overload", async () => {
    await written("3", (solution) => solution.replace("call.write(reading)", "call.write({ sequnce: 3 })"));
    const { code, stdout } = await run("check", "3");
    expect(code).to.equal(2);
    expect(stdout).to.include("Did you mean to write 'sequence'?").and.not.include("No overload");
  });

  for (const [what, make, says] of [
    [
      "throws where nobody catches it",
      (text: string) => text.replace("call.end();", "setImmediate(() => { throw new Error('at last'); });"),
      "at last",
    ],
    [
      "throws an error that lists others",
      (text: string) =>
        text.replace("call.end();", "setImmediate(() => { throw new Error('1 error occurred:\\n1) so it is'); });"),
      "1 error occurred: 1) so it is.",
    ],
    ["ends the process", (text: string) => text.replace("call.end();", "process.exit(0);"), "The process has ended"],
    [
      "does not give the processor back",
      // As `for (;;);`, but it leaves the processor to other tests.
      (text: string) => text.replace("call.end();", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
      "did not come back",
    ],
    ["throws while it is loaded", (text: string) => `${text}\nthrow new Error("early");\n`, "early"],
  ] as const) {
    it(`ends with 3 for a file that ${what}, and says so`, async () => {
      await written("3", make);
      const { code, stdout } = await run("check", "3");
      expect(code, stdout).to.equal(3);
      expect(stdout).to.include(says);
    });
  }

  it("passes what leaves a timer and a server behind, and says that they are still running", async () => {
    await written("3", (solution) =>
      solution
        .replace("import type {", 'import { createServer } from "node:net";\nimport type {')
        .replace("call.end();", "call.end();\nsetInterval(() => {}, 1000);\ncreateServer().listen(0, '127.0.0.1');"),
    );
    const { code, stdout } = await run("check", "3");
    expect(code, stdout).to.equal(0);
    expect(stdout.replaceAll(/\s+/g, " ")).to.include("something of yours was still running: a timer, a server.");
  });

  it("says of an empty file, and of another exercise's answer, what is missing", async () => {
    await written("3", () => "");
    expect((await run("check", "3")).stdout).to.include("The file exports no `watch`.");
    const other = exerciseNumbered("1");
    await written("3", () => solutionOf(other ? fileOf(other, "solution.ts") : ""));
    expect((await run("check", "3")).stdout).to.match(/it is\s+the answer to another exercise/);
  });

  it("says the same to programs, as JSON", async () => {
    const { code, stdout } = await run("check", "3", "--json");
    expect(code).to.equal(1);
    const [, json = ""] = stdout.trim().split("\n");
    expect(JSON.parse(json)).to.deep.include({ exercise: "03", kind: "mistake", mistake: "list-in-slow-motion" });
  });

  it("knows no exercise that there is not, and gives no solution away: 64", async () => {
    const unknown = await run("check", "77");
    expect({ code: unknown.code, stderr: unknown.stderr }).to.deep.equal({
      code: 64,
      stderr: `exercises: there is no exercise 77: they are 01 to ${exercises().at(-1)?.id}\n`,
    });
    const solution = await run("solution", "2");
    expect(solution.code).to.equal(64);
    expect(solution.stderr).to.include("the solution is there when 02 has passed");
  });

  it("gives the hints one after the other, and begins anew without losing anything", async () => {
    expect((await run("hint", "2")).stdout).to.include("hint 1 of 3");
    expect((await run("hint", "2")).stdout).to.include("hint 2 of 3");
    await written("2", () => "mine\n");
    const { stdout } = await run("reset", "2");
    const [, backup = ""] = stdout.match(/what was there is (\S+)/) ?? [];
    expect(await readFile(backup, "utf8")).to.equal("mine\n");
  });

  it("prints a timetable, and knows no track that there is not", async () => {
    expect((await run("schedule")).stdout).to.match(/^0:10 {2}01 One question, one answer/m);
  });

  it("says what cannot be written and what to do about it, and ends with 73", async () => {
    const exercise = exerciseNumbered("3");
    if (!exercise) throw new Error("no exercise 03");
    await mkdir(dirname(dirname(exercise.work)), { recursive: true });
    await writeFile(dirname(exercise.work), "a file in the place of the folder");
    const { code, stdout, stderr } = await run("check", "3");
    expect({ code, stdout }).to.deep.equal({ code: 73, stdout: "" });
    expect(stderr).to.match(
      /^exercises: work\S+ cannot be written \((ENOTDIR|EEXIST)\): there is a file where a folder/,
    );
  });

  it("knows what to do about a folder of somebody else, a disk that is read-only, and one that is full", () => {
    const error = (code: string) => Object.assign(new Error(code), { code, path: join(root, "work", "a.ts") });
    expect(unwritable(error("EACCES"))).to.match(/^work.a\.ts cannot be written \(EACCES\): you may not write there/);
    expect(unwritable(error("EROFS"))).to.include("the disk is read-only");
    expect(unwritable(error("ENOSPC"))).to.include("the disk is full");
    expect(unwritable(error("EMFILE"))).to.equal(undefined);
    expect(unwritable(new Error("another kind"))).to.equal(undefined);
  });
});
