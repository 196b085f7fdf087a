import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type Changes, changed, type Exercise } from "./changed-exercise.js";
import { emptyOwnWork } from "./own-work.js";

const { answersOf } = await import("../../exercises/runner/answers.js");
const { compileAll } = await import("../../exercises/runner/compile.js");
const { exercises, workFolder } = await import("../../exercises/runner/exercise.js");
const { compareShown } = await import("../../exercises/runner/golden.js");
const { scaffold } = await import("../../exercises/runner/scaffold.js");
const { scheduleLines, tracks } = await import("../../exercises/runner/tracks.js");
const { verify } = await import("../../exercises/runner/verify.js");

describe("a track of the workshop", () => {
  for (const [name, track] of Object.entries(tracks)) {
    it(`has exercises that there are, and its minutes add up: ${name}`, () => {
      const ids = exercises().map(({ id }) => id);
      expect(track.ids.filter((id) => !ids.includes(id))).to.deep.equal([]);
      const lines = scheduleLines(track);
      const [, hours = "", minutes = ""] = lines.at(-1)?.match(/^(\d+):(\d\d) {2}the end$/) ?? [];
      expect(Number(hours) * 60 + Number(minutes))
        .to.be.above(0)
        .and.at.most(track.minutes);
      expect(lines.filter((line) => / \d\d .* min\)$/.test(line))).to.have.lengthOf(track.ids.length);
    });
  }
});

describe("the proof of an exercise", () => {
  afterEach(emptyOwnWork);

  const verified = (...chosen: Exercise[]) => verify({ repeat: 1, update: false, chosen, say: () => {} });

  it("holds for a new exercise as it is made, once its screens are written", async () => {
    await mkdir(workFolder, { recursive: true });
    const name = await scaffold("Knock before you enter", workFolder);
    expect(name).to.match(/^\d\d-knock-before-you-enter$/);
    const folder = join(workFolder, name);
    const description = JSON.parse(await readFile(join(folder, "exercise.json"), "utf8")) as Exercise;
    const [compiled] = await compileAll([join(folder, "check.ts"), join(folder, "solution.ts")]);
    if (!compiled || !("url" in compiled)) throw new Error(`its check does not compile: ${JSON.stringify(compiled)}`);
    const exercise = {
      ...description,
      name,
      folder,
      work: join(workFolder, `${name}.ts`),
      check: fileURLToPath(compiled.url),
    };
    await verify({ repeat: 1, update: true, chosen: [exercise], say: () => {} });
    const { failures, passed } = await verified(exercise);
    expect(failures).to.deep.equal([]);
    expect(passed).to.equal(3);
  });

  it("objects to what mistakes.md says of a verdict when that is another, and writes it when it is asked to", async () => {
    const exercise = await changed({});
    const page = join(exercise.folder, "mistakes.md");
    const written = await readFile(page, "utf8");
    const answer = answersOf(exercise).find(({ name }) => name === "all-so-far");
    if (!answer) throw new Error("03 has no answer all-so-far");
    const happened = "3 readings were taken, and 6 messages arrived: some readings were sent more than once.";
    const message = { happened, why: "", try: "", read: "" };
    const verdict = { kind: "mistake", mistake: "sent-again", check: "every-reading", message, diagram: [] } as const;
    expect(compareShown(exercise, answer, { verdict }, false)).to.deep.equal([]);
    for (const text of [
      written.replace("and 6 messages", "and 5 messages"),
      written.replace(/^(```\n)> .*and 6 .*\n/m, "$1"),
    ]) {
      await writeFile(page, text);
      expect(compareShown(exercise, answer, { verdict }, false)).to.deep.equal([
        `exercises/${exercise.name}/mistakes.md, "all-so-far", is not what it would be now: UPDATE=1 writes it`,
      ]);
      compareShown(exercise, answer, { verdict }, true);
      expect(await readFile(page, "utf8")).to.equal(written);
    }
  });
});

describe("the proof of exercises in which something is wrong", () => {
  let objections = "";

  /** Exercise 03 with the first of its mistakes alone, and the sections of `more`. */
  const withOneMistake = (changes: Changes, more = "", other: Partial<Exercise> = {}) =>
    changed(
      {
        "mistakes.md": (text) =>
          text
            .split(/^(?=## )/m)
            .slice(0, 2)
            .join("") + more,
        ...changes,
      },
      other,
    );

  // Both at once: most of the time goes into the compiler and into processes.
  before(async () => {
    const { mistakes } = exercises().find(({ id }) => id === "03") ?? expect.fail("no exercise 03");
    const { "never-ends": message } = mistakes;
    if (!message) throw new Error("03 has no message never-ends");
    const odd = await withOneMistake(
      {
        "solution.ts": (text) =>
          text.replace("call.end();\n    // #end", "call.end();\n    console.log('done');\n    // #end"),
        "screens/start.txt": (text) => text.replace("◆", "✓"),
      },
      `
## another
Gets: list-in-slow-motion
\`\`\`ts
for await (const reading of readings()) call.write(reading);
\`\`\`

## right
Gets: list-in-slow-motion
\`\`\`ts
for await (const reading of readings()) call.write(reading);
call.end();
\`\`\`
`,
      { mistakes: { ...mistakes, "never-ends": { ...message, try: "{nothing}" } } },
    );
    // What one begins with is the solution, and the solution lacks the end of the call.
    const reversed = await withOneMistake(
      {
        "solution.ts": (text) =>
          text
            .replace(/^( *)\/\/> .*\n/gm, "")
            .replace(
              "call.end();\n",
              "//> for await (const reading of readings()) call.write(reading);\n    //> call.end();\n",
            ),
      },
      "",
      { name: "03-reversed" },
    );
    const { failures } = await verify({ repeat: 1, update: false, chosen: [odd, reversed], say: () => {} });
    objections = failures.join("\n");
  });

  afterEach(emptyOwnWork);

  it("objects to a mistake that gets another message, to one that passes, and to a screen that is another", () => {
    expect(objections)
      .to.match(/03 another: it must get list-in-slow-motion, and got never-ends on /)
      .and.match(/03 right: it must get list-in-slow-motion, and got a pass/)
      .and.include("screens/start.txt is not what it would be now: UPDATE=1 writes it");
  });

  it("objects to a message that names what is no fact of the run", () => {
    expect(objections).to.include("03 no-end: its message names {nothing}, which is no fact of the run");
  });

  it("objects to a solution that prints, and to one that does not pass", () => {
    expect(objections)
      .to.include("it passed, printed 'done")
      .and.match(/03 solution: it must pass, and got /);
  });

  it("objects to what is begun with when that passes", () => {
    expect(objections).to.match(/03 start: it must fail on as-they-arrive, and got a pass/);
  });
});
