import { expect } from "chai";
import { changed } from "./exercise-files.js";

const { objectionsTo } = await import("../../exercises/runner/author/well-made.js");
const { exercises } = await import("../../exercises/runner/content/exercise.js");
const { Malformed } = await import("../../exercises/runner/content/regions.js");

describe("the files of an exercise", () => {
  it("are well made in every exercise", () => {
    for (const exercise of exercises()) expect(objectionsTo(exercise), exercise.name).to.deep.equal([]);
  });

  for (const [what, changes, more, objection] of [
    ["lacks a page", { "notes.md": undefined }, {}, "there is no notes.md"],
    [
      "has two hints",
      { "hints.md": (text: string) => text.replace(/^## Where[\s\S]*?(?=^## )/m, "") },
      {},
      "hints.md has 2 hints instead of 3",
    ],
    [
      "has a line of the solution in its first hint",
      {
        "hints.md": (text: string) =>
          text.replace("## A nudge\n", "## A nudge\n\nfor await (const reading of readings()) call.write(reading);\n"),
      },
      {},
      "the first hint contains a line of the solution: for await (const reading of readings()) call.write(reading);",
    ],
    ["does not say where the starter fails", {}, { startFails: "nowhere" }, "startFails names no check"],
    ["needs a later exercise", {}, { needs: ["07"] }, "it needs 07, which does not come before it"],
    ["names a missing page", {}, { docs: ["docs/nothing.md"] }, "docs names docs/nothing.md, which does not exist"],
    [
      "names something that a file does not have",
      {
        "explain.md": (text: string) =>
          `${text}\nSee \`nothingOfTheKind\` in \`bridge/src/server/server.ts\`, and \`src/no/file.ts\`.\n`,
      },
      {},
      "explain.md names src/no/file.ts, which does not exist; explain.md names nothingOfTheKind in bridge/src/server/server.ts, which does not have it",
    ],
    [
      "has other minutes in notes.md",
      { "notes.md": (text: string) => text.replace(/(\*\*Minutes\*\*: )\d+/, "$199") },
      {},
      "notes.md says 99 minutes, and exercise.json 8",
    ],
    [
      "has a screen of no answer",
      { "screens/nothing.txt": () => "" },
      {},
      "screens/nothing.txt is not a file of an exercise: delete it",
    ],
    ["has the starter in a file", { "start.ts": () => "" }, {}, "start.ts is not a file of an exercise: delete it"],
    [
      "has drawings of no check",
      { "expected.md": (text: string) => `${text}\n## is-fast\n` },
      {},
      'expected.md, "is-fast": the exercise has no such check',
    ],
    [
      "has a wrong answer without a message",
      { "mistakes.md": (text: string) => `${text}\n## new\nGets: unheard-of\n\`\`\`ts\ncall.end();\n\`\`\`\n` },
      {},
      'mistakes.md, "new": exercise.json has no message unheard-of',
    ],
  ] as const) {
    it(`have a fault if one ${what}`, async () => {
      expect(objectionsTo(await changed(changes, more)).join("; ")).to.equal(objection);
    });
  }

  it("have a fault if no answer gets a message, or a message names a missing section", async () => {
    const exercise = await changed({});
    const message = { happened: "", why: "", try: "", read: 'README, "Nowhere"' };
    const odd = { ...exercise, mistakes: { ...exercise.mistakes, unused: message } };
    expect(objectionsTo(odd)).to.deep.equal([
      "no wrong answer of mistakes.md gets unused",
      'unused names the section "Nowhere", which README.md does not have',
    ]);
  });

  const code = "```ts\ncall.end();\n```\n";
  for (const [what, section, remedy] of [
    [
      "the same name as another",
      `## no-end\nGets: never-ends\n${code}`,
      "another section has this name: rename one of them",
    ],
    ["no line that says what it gets", `## new\n${code}`, "write a line `Gets: <id of a message>` below the heading"],
    ["a name that no file can have", `## on/off\nGets: never-ends\n${code}`, "give it a name of letters"],
    ["the name of the solution", `## solution\nGets: never-ends\n${code}`, "give it a name of letters"],
    ["no code", "## new\nGets: never-ends\n", "write its code between lines ``` and ```"],
    [
      "two fences for one region",
      `## new\nGets: never-ends\n${code}${code}`,
      "it has two fences for one region: write <!-- region 2 --> before the second",
    ],
    [
      "code for a region that the solution does not have",
      `## new\nGets: never-ends\n<!-- region 2 -->\n${code}`,
      "it has code for region 2, and the solution has 1",
    ],
    [
      "a fence without an end",
      `## new\nGets: never-ends\n\`\`\`ts\ncall.end();\n\n## next\n${code}`,
      "end its code with a line ```",
    ],
  ] as const) {
    it(`name the section of mistakes.md that has ${what}, and what to do`, async () => {
      const exercise = await changed({ "mistakes.md": (text) => `${text}\n${section}` });
      const [, title] = section.match(/## (.*)/) ?? [];
      const sentence = `exercises/03-a-stream-not-a-list/mistakes.md, "${title}": ${remedy}`;
      expect(() => objectionsTo(exercise)).to.throw(Malformed, sentence);
    });
  }
});
