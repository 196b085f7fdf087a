import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { screen } from "../screen.js";
import { emptyOwnWork } from "./own-work.js";

const { exerciseNumbered, fileOf, root, workFolder } = await import("../../exercises/runner/exercise.js");
const { readProgress, remember } = await import("../../exercises/runner/progress.js");
const { plain } = await import("../../exercises/runner/screen.js");
const { solutionOf, starterOf } = await import("../../exercises/runner/regions.js");
const { Watch, whereToGoOn } = await import("../../exercises/runner/watch.js");

/** The workshop at a terminal that nobody sees, in a folder where nothing was done yet. */
async function begun(columns = 80, rows = 24) {
  const terminal = screen(columns, rows);
  const { exercise, progress } = await whereToGoOn(() => {});
  const over = new Watch(exercise, progress, plain).run(terminal.input, terminal.output);
  afterTheTest(() => terminal.type("q"));
  const quit = async () => {
    terminal.type("q");
    await over;
  };
  return { ...terminal, exercise, quit, over };
}

const solved = (number: string) => {
  const exercise = exerciseNumbered(number);
  if (!exercise) throw new Error(`no exercise ${number}`);
  return solutionOf(fileOf(exercise, "solution.ts"));
};

describe("make exercises, at a terminal", () => {
  afterEach(emptyOwnWork);

  it("checks what one begins with, then each saved file, and says what was learned when it passes", async () => {
    const { exercise, type, shows, quit } = await begun();
    await shows("◆ a question gets an answer");
    type("w");
    await shows("why it is right is here after a pass");
    await writeFile(exercise.work, `${await readFile(exercise.work, "utf8")}\nconst x: number = "no";\n`);
    const wrong = await shows("does not compile");
    expect(wrong).to.include("Type 'string' is not assignable to type 'number'.");
    // As many editors save: another file is put in the place of the old one.
    await writeFile(`${exercise.work}.new`, solved("01"));
    await rename(`${exercise.work}.new`, exercise.work);
    const passed = await shows("checks 2/2");
    expect(passed).to.include("A unary call has exactly one reply");
    await shows("1/");
    type("w");
    expect(await shows("exercises/01-one-question-one-answer/explain.md")).to.include("The reading goes to");
    type("c");
    await shows("✓ 01  One question, one answer");
    await quit();
  });

  it("goes on where it was, and shows hints, the list and the story on their keys", async () => {
    const first = await begun();
    await first.shows("◆ a question gets an answer");
    first.type("n");
    await first.shows("02 · Say what went wrong");
    await first.shows("◆ a question without an instrument");
    await first.quit();
    // What somebody has deleted is made again.
    await rm(exerciseNumbered("02")?.work ?? expect.fail("no exercise 02"));

    const { type, shows, quit, exercise } = await begun();
    await shows("02 · Say what went wrong");
    await shows("◆ a question without an instrument");
    expect(existsSync(exercise.work)).to.equal(true);
    type("h");
    await shows("hint 1 of 3");
    type("h");
    await shows("hint 2 of 3");
    type("l");
    await shows("◆ 02  Say what went wrong");
    type("i");
    await shows("exercises/02-say-what-went-wrong/README.md");
    type(" ");
    await shows("INVALID_ARGUMENT");
    type("s");
    await shows("the solution is here after a pass");
    await quit();
  });

  it("asks before it begins anew, and keeps what was there", async () => {
    const { exercise, type, shows, quit } = await begun();
    await shows("◆ a question gets an answer");
    await writeFile(exercise.work, "mine\n");
    await shows("does not compile");
    type("x");
    await shows("Begin this exercise again?");
    type("z");
    await shows("i story");
    expect(await readFile(exercise.work, "utf8")).to.equal("mine\n");
    type("x");
    await shows("Begin this exercise again?");
    type("y");
    const shown = await shows("What was there is");
    const [, backup = ""] = shown.match(/What was there is\s+(\S+)/) ?? [];
    expect(await readFile(join(root, backup), "utf8")).to.equal("mine\n");
    expect(await readFile(exercise.work, "utf8")).to.equal(starterOf(fileOf(exercise, "solution.ts")));
    await quit();
  });

  it("is drawn anew in a window of another size, and quits in the middle of a check", async () => {
    const { shows, when, resize, quit } = await begun();
    await shows("◆ a question gets an answer");
    resize(40);
    const narrow = await when((lines) => lines.every(({ length }) => length <= 40));
    expect(narrow.join(" ")).to.include("What happened");
    await quit();
    const again = await begun();
    await again.shows("checking");
    await again.quit();
    // The screen that was there before is there again, and what came of the check is not written over it.
    expect(await again.rows()).to.deep.equal([]);
  });

  it("quits though the next exercise was asked for a moment before, and leaves no process behind", async () => {
    const { type, shows, over } = await begun();
    await shows("◆ a question gets an answer");
    type("nq");
    await over;
  });

  it("says what cannot be written, goes on when it can, and leaves no process behind", async () => {
    const { exercise, type, shows, quit } = await begun();
    await shows("◆ a question gets an answer");
    await rm(workFolder, { recursive: true });
    await writeFile(workFolder, "a file in the place of the folder");
    type("r");
    expect((await shows("cannot be written")).replaceAll(/\s+/g, " ")).to.include(
      "there is a file where a folder should be",
    );
    await rm(workFolder);
    type("r");
    await shows("◆ a question gets an answer");
    await writeFile(exercise.work, solved("01"));
    await shows("checks 2/2");
    await rm(workFolder, { recursive: true });
    await writeFile(workFolder, "again");
    type("r");
    await shows("cannot be written");
    await quit();
  });

  for (const [what, text] of [
    ["that cannot be read", "{ broken"],
    ["of an older version", JSON.stringify({ version: 0, current: "05", done: ["01"] })],
    ["that lacks what it should have", JSON.stringify({ version: 1, current: "05", exercises: null })],
  ] as const) {
    it(`puts a progress file aside ${what}, and says so`, async () => {
      await mkdir(workFolder, { recursive: true });
      await writeFile(join(workFolder, ".progress.json"), text);
      const said: string[] = [];
      const { exercise } = await whereToGoOn((line) => said.push(line));
      expect(exercise.id).to.equal("01");
      expect(said.join()).to.include("it is kept as");
      const [, aside = ""] = said.join().match(/it is kept as (\S+)/) ?? [];
      expect(await readFile(join(root, aside), "utf8")).to.equal(text);
    });
  }

  it("looks at one folder with another runner, and neither loses what the other remembers", async () => {
    const [one, other] = [await begun(), await begun()];
    for (const { shows } of [one, other]) await shows("◆ a question gets an answer");
    await writeFile(one.exercise.work, solved("01"));
    for (const { shows } of [one, other]) await shows("checks 2/2");
    other.type("n");
    await other.shows("◆ a question without an instrument");
    for (const { quit } of [one, other]) await quit();
    const { exercises, current } = await readProgress();
    expect(current).to.equal("02");
    expect(Object.keys(exercises)).to.deep.equal(["01", "02"]);
    expect(exercises["01"]?.done).to.be.a("string");
    expect(exercises["01"]?.attempts).to.be.at.least(4);
  });
});

describe("what is remembered of a learner", () => {
  afterEach(emptyOwnWork);

  it("is not lost when many remember something at once", async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        remember(index % 2 === 0 ? "01" : "02", (kept) => ({ ...kept, attempts: kept.attempts + 1 })),
      ),
    );
    const { exercises } = await readProgress();
    expect([exercises["01"]?.attempts, exercises["02"]?.attempts]).to.deep.equal([10, 10]);
  });

  it("is remembered though a runner was killed while it wrote", async () => {
    await remember("01", (kept) => kept);
    const left = join(workFolder, ".progress.json.new");
    await writeFile(left, "half a fi");
    const longAgo = new Date("2020-01-01");
    await utimes(left, longAgo, longAgo);
    await remember("02", (kept) => ({ ...kept, hints: 1 }));
    expect(Object.keys((await readProgress()).exercises)).to.deep.equal(["01", "02"]);
  });
});
