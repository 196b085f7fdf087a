import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type Changes, changed, type Exercise, rewritten } from "./changed-exercise.js";
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

  /** The same with one mistake: what is to be objected to is elsewhere. */
  const changedWithOneMistake = async (changes: Changes) =>
    rewritten(
      await changed({
        "mistakes.md": (text) =>
          text
            .split(/^(?=## )/m)
            .slice(0, 2)
            .join(""),
      }),
      changes,
    );

  const proven = async (exercise: Exercise) => {
    const said: string[] = [];
    const { failures, passed } = await verify({
      repeat: 1,
      update: false,
      chosen: [exercise],
      say: (line) => said.push(line),
    });
    return { failures, passed, said };
  };

  it("holds for what is as it was committed", async () => {
    const { failures, passed, said } = await proven(await changed({}));
    expect(failures).to.deep.equal([]);
    expect(passed).to.equal(said.length).and.to.be.above(3);
  });

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
    const { failures, passed } = await proven(exercise);
    expect(failures).to.deep.equal([]);
    expect(passed).to.equal(3);
  });

  it("objects to a mistake that gets another message, to one that passes, and to a screen that is another", async () => {
    const exercise = await changedWithOneMistake({
      "mistakes.md": (text) => `${text.replace(/Gets: .*/, "Gets: list-in-slow-motion")}
## right
Gets: list-in-slow-motion
\`\`\`ts
for await (const reading of readings()) call.write(reading);
call.end();
\`\`\`
`,
      "screens/start.txt": (text) => text.replace("◆", "✓"),
    });
    const { failures } = await proven(exercise);
    expect(failures.filter((text) => text.includes("03 ")).join("\n"))
      .to.match(/03 no-end: it must get list-in-slow-motion, and got never-ends on /)
      .and.match(/03 right: it must get list-in-slow-motion, and got a pass/);
    expect(failures.join("\n")).to.include("screens/start.txt is not what it would be now: UPDATE=1 writes it");
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

  it("objects to a message that names what is no fact of the run", async () => {
    const exercise = await changedWithOneMistake({});
    const { "never-ends": message } = exercise.mistakes;
    if (!message) throw new Error("03 has no message never-ends");
    const odd = { ...exercise, mistakes: { ...exercise.mistakes, "never-ends": { ...message, try: "{nothing}" } } };
    expect((await proven(odd)).failures.join("\n")).to.include(
      "03 no-end: its message names {nothing}, which is no fact of the run",
    );
  });

  it("objects to a solution that prints, and to one that does not pass", async () => {
    const printing = await changedWithOneMistake({
      "solution.ts": (text) => text.replace("call.end();\n", "call.end();\n    console.log('done');\n"),
    });
    expect((await proven(printing)).failures.join("\n")).to.include("it passed, printed 'done");
    const wrong = await changedWithOneMistake({ "solution.ts": (text) => text.replace(/^ +call\.end\(\);\n/m, "") });
    expect((await proven(wrong)).failures.join("\n")).to.match(/03 solution: it must pass, and got /);
  });

  it("objects to what is begun with when that passes", async () => {
    const exercise = await changedWithOneMistake({
      "solution.ts": (text) =>
        text
          .replace(/^( *)\/\/> .*\n/gm, "")
          .replace(
            "// #region yours\n",
            "// #region yours\n    //> for await (const reading of readings()) call.write(reading);\n    //> call.end();\n",
          ),
    });
    const { failures } = await proven(exercise);
    expect(failures.join("\n")).to.match(/03 start: it must fail on as-they-arrive, and got a pass/);
  });
});
