import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { afterTheTest } from "../loopback.js";
import { screen } from "../screen.js";
import { emptyOwnWork } from "./own-work.js";

const { exerciseNumbered, fileOf, root, workFolder } = await import("../../exercises/runner/exercise.js");
const { plain } = await import("../../exercises/runner/screen.js");
const { solutionOf } = await import("../../exercises/runner/regions.js");
const { Watch, whereToGoOn } = await import("../../exercises/runner/watch.js");

/** The workshop at a terminal that nobody sees, in a folder where nothing was done yet. */
async function begun(columns = 80, rows = 24) {
  const terminal = screen(columns, rows);
  const { exercise, progress } = await whereToGoOn(() => {});
  const over = new Watch(exercise, progress, plain).run(terminal.input, terminal.output);
  afterTheTest(() => terminal.type("q"));
  const shows = async (text: string): Promise<string> => {
    for (;;) {
      const shown = (await terminal.rows()).join("\n");
      if (shown.includes(text)) return shown;
    }
  };
  const quit = async () => {
    terminal.type("q");
    await over;
  };
  return { ...terminal, exercise, shows, quit, over };
}

const solved = (number: string) => {
  const exercise = exerciseNumbered(number);
  if (!exercise) throw new Error(`no exercise ${number}`);
  return solutionOf(fileOf(exercise, "solution.ts"));
};

describe("make exercises, at a terminal", function () {
  this.timeout(60_000);

  afterEach(emptyOwnWork);

  it("checks what one begins with, then each saved file, and says what was learned when it passes", async () => {
    const { exercise, shows, quit } = await begun();
    await shows("◆ a question gets an answer");
    await writeFile(exercise.work, `${await readFile(exercise.work, "utf8")}\nconst x: number = "no";\n`);
    const wrong = await shows("does not compile");
    expect(wrong).to.include("Type 'string' is not assignable to type 'number'.");
    // As many editors save: another file is put in the place of the old one.
    await writeFile(`${exercise.work}.new`, solved("01"));
    await rename(`${exercise.work}.new`, exercise.work);
    const passed = await shows("checks 2/2");
    expect(passed).to.include("A unary call has exactly one reply");
    await shows("1/");
    await quit();
  });

  it("goes on where it was, and shows hints, the list and the story on their keys", async () => {
    const first = await begun();
    await first.shows("◆ a question gets an answer");
    first.type("n");
    await first.shows("02 · Say what went wrong");
    await first.shows("◆ a question without an instrument");
    await first.quit();

    const { type, shows, quit } = await begun();
    await shows("02 · Say what went wrong");
    await shows("◆ a question without an instrument");
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
    expect(await readFile(exercise.work, "utf8")).to.equal(fileOf(exercise, "start.ts"));
    await quit();
  });

  it("makes the file again that somebody has deleted, and judges a loop without an end", async () => {
    const { exercise, shows, quit } = await begun();
    await shows("◆ a question gets an answer");
    const endless = (await readFile(exercise.work, "utf8")).replace(
      "    // Somebody asks",
      "    for (;;);\n    // Somebody asks",
    );
    await writeFile(exercise.work, endless);
    await shows("The processor did not come back from your code.");
    await quit();
    await rm(exercise.work);
    const again = await begun();
    await again.shows("◆ a question gets an answer");
    expect(existsSync(exercise.work)).to.equal(true);
    await again.quit();
  });

  it("is drawn anew in a window of another size, and quits in the middle of a check", async () => {
    const { shows, rows, resize, quit } = await begun();
    await shows("◆ a question gets an answer");
    resize(40);
    while ((await rows()).some((line) => line.length > 40));
    expect((await rows()).join(" ")).to.include("What happened");
    await quit();
    const again = await begun();
    await again.shows("checking");
    await again.quit();
  });

  it("puts a progress file aside that cannot be read, and says so", async () => {
    const { quit } = await begun();
    await quit();
    await writeFile(join(workFolder, ".progress.json"), "{ broken");
    const said: string[] = [];
    const { exercise } = await whereToGoOn((line) => said.push(line));
    expect(exercise.id).to.equal("01");
    expect(said.join()).to.include("it is kept as");
    const [, aside = ""] = said.join().match(/it is kept as (\S+)/) ?? [];
    expect(await readFile(join(root, aside), "utf8")).to.equal("{ broken");
  });
});
