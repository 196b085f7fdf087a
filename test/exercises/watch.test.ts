import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { screen } from "../screen.js";
import { emptyOwnWork, exercise, solved } from "./exercise-files.js";

const { fileOf, root, workFolder } = await import("../../exercises/runner/content/exercise.js");
const { starterOf } = await import("../../exercises/runner/content/regions.js");
const { exerciseAsked } = await import("../../exercises/runner/learner/options.js");
const { readProgress, remember } = await import("../../exercises/runner/learner/progress.js");
const { Watch } = await import("../../exercises/runner/learner/watch.js");
const { plain } = await import("../../exercises/runner/screen/text.js");

const keep = () => ({});

/** The workshop on a terminal of the test, at the exercise where the learner continues. */
function begun() {
  const terminal = screen(80, 24);
  const current = exerciseAsked();
  const state = { exercise: current, progress: remember(current.id, keep), paint: plain };
  const over = new Watch(state, terminal.input, terminal.output).run();
  afterTheTest(() => terminal.type("q"));
  const quit = async () => {
    terminal.type("q");
    await over;
  };
  return { ...terminal, exercise: current, quit, over };
}

describe("make exercises, at a terminal", () => {
  afterEach(emptyOwnWork);

  it("checks each saved file, shows pages on their keys, begins again, and continues at the same exercise", async () => {
    const { work } = exercise("01");
    const { type, shows, when, resize, quit } = begun();
    await shows("◆ a question gets an answer");
    type("w");
    await shows("why it is right is here after a pass");
    type("s");
    await shows("the solution is here after a pass");
    for (const hint of ["hint 1 of 3", "hint 2 of 3"]) {
      type("h");
      await shows(hint);
    }
    type("i");
    await shows("exercises/01-one-question-one-answer/README.md");
    type(" ");
    await shows("Save the file, and see");

    await writeFile(work, `${await readFile(work, "utf8")}\nconst x: number = "no";\n`);
    expect(await shows("does not compile")).to.include("Type 'string' is not assignable to type 'number'.");
    resize(40);
    // In a narrow window the two parts of the first line stand below each other.
    await when((lines) => lines.includes("does not compile"));
    resize(80);
    // Another runner remembers something in the meantime.
    remember("05", () => ({ hints: 2 }));
    // Many editors save a file by replacing the old one.
    await writeFile(`${work}.new`, solved("01"));
    await rename(`${work}.new`, work);
    expect(await shows("checks 2/2")).to.include("A unary call has exactly one reply");
    await shows("1/");
    type("w");
    expect(await shows("exercises/01-one-question-one-answer/explain.md")).to.include("The reading goes to");
    type("c");
    await shows("✓ 01  One question, one answer");

    type("x");
    await shows("Begin this exercise again?");
    type("z");
    await shows("i story");
    expect(await readFile(work, "utf8")).to.equal(solved("01"));
    type("x");
    await shows("Begin this exercise again?");
    type("y");
    const shown = await shows("What was there is");
    const [, backup = ""] = shown.match(/What was there is\s+(\S+)/) ?? [];
    expect(await readFile(join(root, backup), "utf8")).to.equal(solved("01"));
    expect(await readFile(work, "utf8")).to.equal(starterOf(fileOf(exercise("01"), "solution.ts")));

    type("n");
    await shows("◆ a question without an instrument");
    type("l");
    await shows("◆ 02  Say what went wrong");
    await quit();
    const { exercises, current } = readProgress();
    expect(current).to.equal("02");
    expect(exercises["01"]).to.include({ hints: 2, peeked: false }).and.have.property("done");
    expect(exercises["05"]?.hints).to.equal(2);

    // A file that the learner has deleted is made again.
    await rm(exercise("02").work);
    const again = begun();
    await again.shows("02 · Say what went wrong");
    expect(existsSync(exercise("02").work)).to.equal(true);
    // The end comes in the middle of a check, and just after a key that begins another one.
    again.type("pq");
    await again.over;
    // The terminal shows what it showed before, and the late verdict is not written over it.
    expect(await again.rows()).to.deep.equal([]);
  });

  it("says what it cannot write, continues when it can, and leaves no process", async () => {
    const { exercise: first, type, shows, quit } = begun();
    await shows("◆ a question gets an answer");
    await rm(workFolder, { recursive: true });
    await writeFile(workFolder, "a file in the place of the folder");
    type("r");
    const shown = (await shows("cannot be written")).replaceAll(/\s+/g, " ");
    expect(shown).to.include("there is a file where a folder should be");
    await rm(workFolder);
    // The folder is a new one, and a save in it is noticed.
    await mkdir(dirname(first.work));
    await writeFile(first.work, solved("01"));
    await shows("checks 2/2");
    await rm(workFolder, { recursive: true });
    await writeFile(workFolder, "again");
    type("r");
    await shows("cannot be written");
    await quit();
  });
});

describe("a learner's progress", () => {
  afterEach(emptyOwnWork);

  for (const [what, text] of [
    ["cannot be read", "{ broken"],
    ["is of an older version", JSON.stringify({ version: 0, current: "05", done: ["01"] })],
    ["lacks a field", JSON.stringify({ version: 1, current: "05", exercises: null })],
  ] as const) {
    it(`is renamed if its file ${what}, and a message says so`, async () => {
      await mkdir(workFolder, { recursive: true });
      await writeFile(join(workFolder, ".progress.json"), text);
      const said: string[] = [];
      expect(readProgress((line) => said.push(line)).current).to.equal("01");
      const [, aside = ""] = said.join().match(/it is kept as (\S+)/) ?? [];
      expect(await readFile(join(root, aside), "utf8")).to.equal(text);
    });
  }

  it("begins at the first exercise if the remembered one does not exist", () => {
    remember("77", keep);
    expect(exerciseAsked().id).to.equal("01");
  });
});
