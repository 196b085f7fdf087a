import { expect } from "chai";
import stringWidth from "string-width";
import { exercise, ownWork } from "./exercise-files.js";

const { exerciseNumbered } = await import("../../exercises/runner/content/exercise.js");
const { hintsOf } = await import("../../exercises/runner/content/sections.js");
const { markdownLines } = await import("../../exercises/runner/screen/markdown.js");
const { plain } = await import("../../exercises/runner/screen/text.js");
const { verdictScreen } = await import("../../exercises/runner/screen/verdict-screen.js");

const message = {
  happened: "Message 1 arrived after the source had finished (reading 3), and that is a sentence of some length.",
  why: "You keep the readings in a list.",
  try: "Write inside the loop.",
  read: 'README, "Before the call ends"',
};
const diagram = ["client              server", "  │── Watch  therm… ──▶│", "  │                    │ reading 1"];

describe("the screen of a verdict", () => {
  const third = exercise("3");
  const failed = { kind: "mistake", mistake: "a", check: "as-they-arrive", message, diagram } as const;
  const lines = (width: number) =>
    verdictScreen(third, { verdict: failed, tookMs: 612 }, { width, paint: plain }).flatMap((line) => line.split("\n"));

  it("finds the exercise by its number, with and without a 0, and uses the tests' folder here", () => {
    expect(exercise("03")).to.deep.equal(third);
    expect(third.work.split("\\").join("/")).to.contain(`/${ownWork}/`);
    expect(exerciseNumbered("99")).to.equal(undefined);
  });

  it("has two diagrams side by side if there is room, and otherwise below each other", () => {
    expect(lines(80).join("\n")).to.match(/yours +expected/);
    const narrow = lines(40).join("\n");
    expect(narrow).to.match(/yours\n/);
    expect(narrow).to.match(/expected\n/);
  });

  it("is not wider than the window", () => {
    for (const width of [40, 60, 80, 100])
      for (const line of lines(width)) expect(stringWidth(line), line).to.be.at.most(width);
  });

  it("shows only the place and the compiler's sentence for a file that does not compile", () => {
    const verdict = {
      kind: "does not compile",
      errors: [{ file: "work/03.ts", line: 9, sentence: "No 'all'." }],
    } as const;
    const shown = verdictScreen(third, { verdict, tookMs: 612 }, { width: 80, paint: plain });
    expect(shown.slice(1)).to.deep.equal(["", "work/03.ts, line 9", "    No 'all'."]);
  });
});

describe("a page on the screen", () => {
  const lines = (page: string, width: number) => markdownLines(page, width, plain);

  it("has filled paragraphs and items, and unchanged code", () => {
    const page = [
      "# Title\n\nA paragraph of\n**several** words.\n\n    code  as it is\n",
      "1. An item that is longer\n2. Another\n\n```ts\nmore();\n\ncode();\n```\n",
    ].join("\n");
    const [paragraph, items] = [
      ["A paragraph of", "several words."],
      ["1. An item that", "   is longer", "2. Another"],
    ];
    const [code, fence] = ["    code  as it is", ["    more();", "", "    code();"]];
    expect(lines(page, 16)).to.deep.equal(["Title", "", ...paragraph, "", code, "", ...items, "", ...fence]);
  });

  it("leaves out comments for authors", () => {
    const page = "One.\n\n<!-- with: declare const a: number; -->\n```ts\na;\n```\n\nTwo.\n";
    expect(lines(page, 40)).to.deep.equal(["One.", "", "    a;", "", "Two."]);
  });

  it("has tables in columns, or in sentences if there is no room", () => {
    const page = "| | headers | trailers |\n|---|---|---|\n| leave | before the first | after the last |\n";
    expect(lines(page, 60)).to.deep.equal([
      "        headers            trailers",
      "leave   before the first   after the last",
    ]);
    expect(lines(page, 30)).to.deep.equal(["- leave: headers: before the", "  first; trailers: after the", "  last"]);
  });

  it("keeps the code of a hint that begins with code", () => {
    const [hint = ""] = hintsOf("# Hints\n\n## Almost the code\n\n    if (…)\n      call.end();\n");
    expect(lines(hint, 40)).to.deep.equal(["    if (…)", "      call.end();"]);
  });
});
