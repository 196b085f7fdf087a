import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { emptyOwnWork } from "./own-work.js";

const { compileAll } = await import("../../exercises/runner/compile.js");
const { scaffold } = await import("../../exercises/runner/scaffold.js");
const { exerciseNumbered, exercises, workFolder } = await import("../../exercises/runner/exercise.js");
const { scheduleLines, tracks } = await import("../../exercises/runner/tracks.js");
const { verify } = await import("../../exercises/runner/verify.js");
const { objectionsTo } = await import("../../exercises/runner/well-made.js");
type Exercise = NonNullable<ReturnType<typeof exerciseNumbered>>;

type Changes = Readonly<Record<string, (text: string) => string>>;

/** Exercise 03 in a folder of its own, in which an author has changed something. */
async function changed(changes: Changes, more: Partial<Exercise> = {}): Promise<Exercise> {
  const exercise = exerciseNumbered("03");
  if (!exercise) throw new Error("no exercise 03");
  const folder = await mkdtemp(join(tmpdir(), "quartet-exercise-"));
  afterTheTest(() => rm(folder, { recursive: true }));
  await cp(exercise.folder, folder, { recursive: true });
  return rewritten({ ...exercise, folder, ...more }, changes);
}

async function rewritten(exercise: Exercise, changes: Changes): Promise<Exercise> {
  for (const [file, change] of Object.entries(changes)) {
    const path = join(exercise.folder, file);
    await writeFile(path, change(await readFile(path, "utf8").catch(() => "")));
  }
  return exercise;
}

describe("what can be seen of an exercise without running it", () => {
  it("holds for all that there are", () => {
    for (const exercise of exercises()) expect(objectionsTo(exercise), exercise.name).to.deep.equal([]);
  });

  for (const [what, changes, more, objection] of [
    ["has a page too few", { "notes.md": undefined }, {}, "there is no notes.md"],
    [
      "has two hints",
      { "hints.md": (text: string) => text.replace(/^## Where[\s\S]*?(?=^## )/m, "") },
      {},
      "hints.md has 2 hints, and not 3",
    ],
    [
      "gives a line away in its first hint",
      {
        "hints.md": (text: string) =>
          text.replace("## A nudge\n", "## A nudge\n\nfor await (const reading of readings()) call.write(reading);\n"),
      },
      {},
      "the first hint gives a line of the solution away: for await (const reading of readings()) call.write(reading);",
    ],
    ["starts to fail nowhere", {}, { startFails: "nowhere" }, "startFails names no check"],
    ["needs one that comes later", {}, { needs: ["07"] }, "it needs 07, which does not come before it"],
    [
      "names a page that is not there",
      {},
      { docs: ["docs/nothing.md"] },
      "docs names docs/nothing.md, which is not there",
    ],
    [
      "names what a file has not",
      {
        "explain.md": (text: string) =>
          `${text}\nSee \`nothingOfTheKind\` in \`bridge/src/server/server.ts\`, and \`src/no/file.ts\`.\n`,
      },
      {},
      "explain.md names src/no/file.ts, which is not there; explain.md names nothingOfTheKind in bridge/src/server/server.ts, which has it not",
    ],
    [
      "says other minutes to the instructor",
      { "notes.md": (text: string) => text.replace(/(\*\*Minutes\*\*: )\d+/, "$199") },
      {},
      "notes.md says 99 minutes, and exercise.json 8",
    ],
    ["has a screen of nothing", { "screens/nothing.txt": () => "" }, {}, "screens/nothing.txt belongs to nothing"],
    [
      "has a mistake without a message",
      { "mistakes/new.ts": () => "// gets: unheard-of\ncall.end();\n", "screens/new.txt": () => "" },
      {},
      "there is no message unheard-of",
    ],
  ] as const) {
    it(`does not hold for one that ${what}`, async () => {
      const exercise = await changed({}, more);
      for (const [file, change] of Object.entries(changes)) {
        const path = join(exercise.folder, file);
        if (change === undefined) await rm(path);
        else await writeFile(path, change(await readFile(path, "utf8").catch(() => "")));
      }
      expect(objectionsTo(exercise).join("; ")).to.equal(objection);
    });
  }

  it("does not hold for a message that nobody gets, or that sends to a section which is not there", async () => {
    const exercise = await changed({});
    const message = { happened: "", why: "", try: "", read: 'README, "Nowhere"' };
    const odd = { ...exercise, mistakes: { ...exercise.mistakes, unused: message } };
    expect(objectionsTo(odd)).to.deep.equal([
      "no file of mistakes/ gets unused",
      'unused sends to the section "Nowhere", which README.md has not',
    ]);
  });
});

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
  const changedWithOneMistake = async (changes: Changes) => {
    const exercise = await changed({});
    const folder = join(exercise.folder, "mistakes");
    for (const file of await readdir(folder)) if (file !== "no-end.ts") await rm(join(folder, file));
    return rewritten(exercise, changes);
  };

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
      "mistakes/no-end.ts": (text) => text.replace(/gets: .*/, "gets: list-in-slow-motion"),
      "mistakes/right.ts": () =>
        "// gets: list-in-slow-motion\nfor await (const reading of readings()) call.write(reading);\ncall.end();\n",
      "screens/right.txt": () => "",
      "screens/start.txt": (text) => text.replace("◆", "✓"),
    });
    const { failures } = await proven(exercise);
    expect(failures.filter((text) => text.includes("mistakes/") || text.includes("03 ")).join("\n"))
      .to.match(/03 no-end: it must get list-in-slow-motion, and got never-ends on /)
      .and.match(/03 right: it must get list-in-slow-motion, and got a pass/);
    expect(failures.join("\n")).to.include("screens/start.txt is not what it would be now: UPDATE=1 writes it");
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
