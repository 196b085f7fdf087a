import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { programOf } from "../program-of.js";
import { screen } from "../screen.js";
import { emptyOwnWork, exercise } from "./exercise-files.js";

const { workFolder } = await import("../../exercises/runner/content/exercise.js");
const { Teach } = await import("../../exercises/runner/instructor/teach.js");
const { plain } = await import("../../exercises/runner/screen/text.js");

const run = (...args: string[]) => programOf("../exercises/runner/main", ["teach", ...args]);

/** Exercise 03 on a terminal of the test. */
function taught() {
  const wall = screen(80, 40);
  const over = new Teach(exercise("03"), plain, wall.input, wall.output).run();
  afterTheTest(() => wall.type("q"));
  const quit = async () => {
    wall.type("q");
    await over;
  };
  return { ...wall, quit };
}

describe("make teach", () => {
  afterEach(emptyOwnWork);

  it("shows the notes, the code of each answer, and its verdict or why it could not run", async () => {
    const { type, shows, quit } = taught();
    await shows("Questions to expect");
    type("n");
    const code = await shows("what the room begins with");
    expect(code).to.include("for await (const reading of readings()) all.push(reading);");
    expect(code).to.not.include("What happened");
    await mkdir(dirname(workFolder), { recursive: true });
    await writeFile(workFolder, "a file in the place of the folder");
    type("\r");
    await shows("cannot be written");
    await rm(workFolder);
    type("\r");
    const verdict = await shows("What happened");
    expect(verdict).to.include("Message 1 arrived after the source had finished").and.include("expected");
    type("c");
    await shows("What will become of it?");
    type("n");
    await shows('mistakes.md, "no-end"');
    type("o");
    await shows("Questions to expect");
    type("n".repeat(50));
    await shows("the solution");
    await quit();
    expect(existsSync(exercise("03").work)).to.equal(false);
    expect(existsSync(join(workFolder, `.played-${process.pid}`))).to.equal(false);
  });

  it("quits while an answer runs, and restores the screen", async () => {
    const { type, shows, quit, rows } = taught();
    type("n\r");
    await shows("playing");
    await quit();
    expect(await rows()).to.deep.equal([]);
  });

  it("prints the notes and the messages without a terminal", async () => {
    const { code, stdout } = await run("3");
    expect(code).to.equal(0);
    expect(stdout).to.include("# For the instructor").and.include("npm run -s teach -- 03 ");
  });

  it("plays one answer by its name, and lists the names for an unknown one", async () => {
    const played = await run("3", "start");
    expect(played.code).to.equal(0);
    expect(played.stdout).to.include("Message 1 arrived after the source had finished");
    const unknown = await run("3", "nothing");
    expect(unknown.code).to.equal(64);
    expect(unknown.stderr).to.match(/^exercises: exercise 03 has no answer nothing: it has start, .*solution\n$/);
  });
});
