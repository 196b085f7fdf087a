import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { changed, type Exercise, emptyOwnWork, exercise } from "./exercise-files.js";

const { compareShown } = await import("../../exercises/runner/author/golden.js");
const { scaffold } = await import("../../exercises/runner/author/scaffold.js");
const { verify } = await import("../../exercises/runner/author/verify.js");
const { objectionsTo } = await import("../../exercises/runner/author/well-made.js");
const { answersOf } = await import("../../exercises/runner/content/answers.js");
const { exercises, workFolder } = await import("../../exercises/runner/content/exercise.js");
const { scheduleLines, tracks } = await import("../../exercises/runner/instructor/schedule.js");

describe("a track of the workshop", () => {
  for (const [name, track] of Object.entries(tracks)) {
    it(`has existing exercises, and its minutes add up: ${name}`, () => {
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

  it("objects to nothing in a new exercise, which is a copy of the first one", async () => {
    await mkdir(workFolder, { recursive: true });
    const name = scaffold("Knock before you enter", workFolder);
    expect(name).to.match(/^\d\d-knock-before-you-enter$/);
    const folder = join(workFolder, name);
    const description = JSON.parse(await readFile(join(folder, "exercise.json"), "utf8")) as Exercise;
    expect(description).to.include({ id: name.slice(0, 2), title: "Knock before you enter" });
    const page = await readFile(join(folder, "README.md"), "utf8");
    expect(page)
      .to.match(/^# \d\d · Knock before you enter\n/)
      .and.include(`work/${name}.ts`);
    expect(objectionsTo({ ...exercise("01"), ...description, name, folder })).to.deep.equal([]);
    expect(() => scaffold("Knock before you enter", workFolder)).to.throw("is there already");
  });

  it("objects to an outdated verdict in mistakes.md, and updates it on request", async () => {
    const third = await changed({});
    const page = join(third.folder, "mistakes.md");
    const written = await readFile(page, "utf8");
    const answer = answersOf(third).find(({ name }) => name === "all-so-far") ?? expect.fail("no such answer");
    const happened = "3 readings were taken, and 6 messages arrived: some readings were sent more than once.";
    const message = { happened, why: "", try: "", read: "" };
    const verdict = { kind: "mistake", mistake: "sent-again", check: "every-reading", message, diagram: [] } as const;
    expect(compareShown(third, answer, { verdict }, false)).to.deep.equal([]);
    for (const text of [
      written.replace("and 6 messages", "and 5 messages"),
      written.replace(/^(```\n)> .*and 6 .*\n/m, "$1"),
    ]) {
      await writeFile(page, text);
      expect(compareShown(third, answer, { verdict }, false)).to.deep.equal([
        `exercises/${third.name}/mistakes.md, "all-so-far", is not what it would be now: UPDATE=1 writes it`,
      ]);
      compareShown(third, answer, { verdict }, true);
      expect(await readFile(page, "utf8")).to.equal(written);
    }
  });
});

describe("the proof of faulty exercises", () => {
  let objections = "";

  /** A page of wrong answers with its first section, and with `more`. */
  const firstOf = (page: string, more = "") => {
    const [heading, first] = page.split(/^(?=## )/m);
    return `${heading}${first}${more}`;
  };

  // Both at once: most of the time goes into the compiler and into processes.
  before(async () => {
    const { mistakes } = exercise("03");
    const message = mistakes["never-ends"] ?? expect.fail("03 has no message never-ends");
    const code = "for await (const reading of readings()) call.write(reading);";
    const another = `\n## another\nGets: list-in-slow-motion\n\`\`\`ts\n${code}\n\`\`\`\n`;
    const odd = await changed(
      {
        "mistakes.md": (text) => firstOf(text, another),
        "solution.ts": (text) =>
          text.replace("call.end();\n    // #end", "call.end();\n    console.log('done');\n    // #end"),
        "screens/start.txt": (text) => text.replace("◆", "✓"),
      },
      { mistakes: { ...mistakes, "never-ends": { ...message, try: "{nothing}" } } },
    );
    // The starter is the solution here, and the solution lacks the end of the call.
    const starter = `//> ${code}\n    //> call.end();\n`;
    const reversed = await changed(
      {
        "mistakes.md": (text) => firstOf(text),
        "solution.ts": (text) => text.replace(/^( *)\/\/> .*\n/gm, "").replace("call.end();\n", starter),
      },
      { name: "03-reversed" },
    );
    const { failures } = await verify({ repeat: 1, update: false, chosen: [odd, reversed], say: () => {} });
    objections = failures.join("\n");
  });

  afterEach(emptyOwnWork);

  it("objects to a mistake that gets another message, and to a different screen", () => {
    expect(objections)
      .to.match(/03 another: it must get list-in-slow-motion, and got never-ends on /)
      .and.include("screens/start.txt is not what it would be now: UPDATE=1 writes it");
  });

  it("objects to a message that names an unknown fact", () => {
    expect(objections).to.include("03 no-end: its message names {nothing}, which is not a fact of the run");
  });

  it("objects to a solution that prints, and to one that does not pass", () => {
    expect(objections)
      .to.include("it passed, printed 'done")
      .and.match(/03 solution: it must pass, and got /);
  });

  it("objects to a starter that passes", () => {
    expect(objections).to.match(/03 start: it must fail on as-they-arrive, and got a pass/);
  });
});
