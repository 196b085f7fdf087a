import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { programOf } from "../program-of.js";
import { emptyOwnWork, exercise, solved } from "./exercise-files.js";

const { compileTexts } = await import("../../exercises/runner/check/compile.js");
const { judgeCompiled } = await import("../../exercises/runner/check/judge.js");
const { verdictOf } = await import("../../exercises/runner/check/verdict.js");
const { exercises, fileOf, root, workFolder } = await import("../../exercises/runner/content/exercise.js");
const { starterOf } = await import("../../exercises/runner/content/regions.js");
const { unwritable } = await import("../../exercises/runner/learner/work.js");
const { plain } = await import("../../exercises/runner/screen/text.js");
const { verdictScreen } = await import("../../exercises/runner/screen/verdict-screen.js");

const run = (...args: string[]) => programOf("../exercises/runner/main", args);

/** Writes the learner's file of an exercise. */
async function written(number: string, text: string): Promise<void> {
  await mkdir(workFolder, { recursive: true });
  await writeFile(exercise(number).work, text);
}

describe("make exercise", () => {
  afterEach(emptyOwnWork);

  it("makes the file, says what is wrong with it, and ends with 1", async () => {
    const { code, stdout, stderr } = await run("check", "3");
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: "" });
    expect(stdout)
      .to.include("that is the file to edit")
      .and.include("Message 1 arrived after the source had finished");
    expect(await readFile(exercise("3").work, "utf8")).to.equal(starterOf(fileOf(exercise("3"), "solution.ts")));
  });

  it("ends with 0 for the solution, and then shows the solution and no difference", async () => {
    await written("3", solved("3"));
    const { code, stdout } = await run("check", "3");
    expect(code, stdout).to.equal(0);
    expect(stdout).to.include("checks 3/3");
    const shown = await run("solution", "3");
    expect(shown.code).to.equal(0);
    expect(shown.stdout).to.include("for await (const reading of readings()) call.write(reading);");
    expect((await run("diff", "3")).stdout).to.include("exactly the solution");
    expect((await run("list")).stdout).to.match(/^A stream of answers\n├─ ✓ 03 /m);
    expect((await run("check-done")).stdout).to.match(/^✓ 03 .*pass/m);
  });

  it("ends with 2 if the file does not compile, and says what does not fit if a call fits no overload", async () => {
    const wrong = solved("3").replace("call.write(reading)", "call.write({ sequnce: 3 })");
    await written("3", wrong.replace("call.end();", "call.ende();"));
    const { code, stdout } = await run("check", "3");
    expect(code).to.equal(2);
    expect(stdout)
      .to.match(/03-a-stream-not-a-list\.ts, line \d+\n {4}Property 'ende' does not exist/)
      .and.include("Did you mean to write 'sequence'?")
      .and.not.include("No overload");
  });

  it("ends with 3 for a file that ends the process, also as JSON", async () => {
    await written("3", solved("3").replace("call.end();", "process.exit(0);"));
    const { code, stdout } = await run("check", "3", "--json");
    expect(code, stdout).to.equal(3);
    const { message, ...verdict } = JSON.parse(stdout);
    expect(verdict).to.deep.include({ exercise: "03", kind: "crashed" });
    expect(message.happened).to.include("The process ended");
  });

  it("refuses an unknown exercise and an early solution with 64", async () => {
    const unknown = await run("check", "77");
    expect({ code: unknown.code, stderr: unknown.stderr }).to.deep.equal({
      code: 64,
      stderr: `exercises: there is no exercise 77: they are 01 to ${exercises().at(-1)?.id}\n`,
    });
    const solution = await run("solution", "2");
    expect(solution.code).to.equal(64);
    expect(solution.stderr).to.include("the solution is there when 02 has passed");
  });

  it("gives a hint, and begins again without losing the old file", async () => {
    expect((await run("hint", "2")).stdout).to.include("hint 1 of 3");
    await written("2", "mine\n");
    const { stdout } = await run("reset", "2");
    const [, backup = ""] = stdout.match(/what was there is (\S+)/) ?? [];
    expect(await readFile(join(root, backup), "utf8")).to.equal("mine\n");
  });

  it("prints a timetable", async () => {
    expect((await run("schedule")).stdout).to.match(/^0:10 {2}01 One question, one answer/m);
  });

  it("ends with 73 if it cannot write, and says what and what to do", async () => {
    await mkdir(dirname(workFolder), { recursive: true });
    await writeFile(workFolder, "a file in the place of the folder");
    const { code, stdout, stderr } = await run("check", "3");
    expect({ code, stdout }).to.deep.equal({ code: 73, stdout: "" });
    expect(stderr).to.match(
      /^exercises: work\S+ cannot be written \((ENOTDIR|EEXIST)\): there is a file where a folder/,
    );
  });

  it("says what to do about another user's folder, a read-only disk and a full disk", () => {
    const error = (code: string) => Object.assign(new Error(code), { code, path: join(root, "work", "a.ts") });
    expect(unwritable(error("EACCES"))).to.match(/^work.a\.ts cannot be written \(EACCES\): you may not write there/);
    expect(unwritable(error("EROFS"))).to.include("the disk is read-only");
    expect(unwritable(error("ENOSPC"))).to.include("the disk is full");
    expect(unwritable(error("EMFILE"))).to.equal(undefined);
    expect(unwritable(new Error("another kind"))).to.equal(undefined);
  });
});

describe("the verdict on a learner's file", () => {
  const solution = solved("3");
  /** Texts of odd files, each with the kind of its verdict and a part of its screen. */
  const files = {
    "throws an uncaught error": {
      text: solution.replace("call.end();", "setImmediate(() => { throw new Error('at last'); });"),
      gets: ["crashed", "at last"],
    },
    "blocks the event loop": {
      // As `for (;;);`, but it leaves the processor to other tests.
      text: solution.replace("call.end();", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
      gets: ["silent", "did not come back"],
    },
    "throws while it is loaded": { text: `${solution}\nthrow new Error("early");\n`, gets: ["crashed", "early"] },
    "leaves a timer and a server": {
      text: solution
        .replace("import type {", 'import { createServer } from "node:net";\nimport type {')
        .replace("call.end();", "call.end();\nsetInterval(() => {}, 1000);\ncreateServer().listen(0, '127.0.0.1');"),
      gets: ["pass", "something of yours was still running: a timer, a server."],
    },
    "is another exercise's answer": { text: solved("1"), gets: ["failed", "The file exports no `watch`."] },
  } as const;
  let compiled: Awaited<ReturnType<typeof compileTexts>>;

  // All at once, because most of the time goes into the start of the compiler.
  before(async () => {
    await mkdir(workFolder, { recursive: true });
    const folder = await mkdtemp(join(workFolder, "files-"));
    compiled = await compileTexts(
      Object.values(files).map(({ text }) => text),
      folder,
    );
  });
  after(emptyOwnWork);

  for (const [index, [what, { gets }]] of Object.entries(files).entries()) {
    it(`says what is wrong with a file that ${what}`, async () => {
      const file = compiled[index] ?? expect.fail("it was not compiled");
      const { verdict } = await judgeCompiled(exercise("3"), file);
      expect(verdict.kind).to.equal(gets[0]);
      const lines = verdictScreen(exercise("3"), { verdict, tookMs: 0 }, { width: 80, paint: plain });
      expect(lines.join(" ").replaceAll(/\s+/g, " ")).to.include(gets[1]);
    });
  }

  it("shows the listed error of an error that lists others", () => {
    const error = { message: "1 error occurred:\n1) so it is", stack: "" };
    const verdict = verdictOf(exercise("3"), { checks: [], end: "not loaded", error });
    expect(verdict).to.have.nested.property("message.happened", "1 error occurred: 1) so it is.");
  });
});
