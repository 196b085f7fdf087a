import { expect } from "chai";
import stringWidth from "string-width";
import { ownWork } from "./own-work.js";

const { exerciseNumbered } = await import("../../exercises/runner/exercise.js");
const { hintsOf } = await import("../../exercises/runner/hints.js");
const { reflowed } = await import("../../exercises/runner/markdown.js");
const { plain, verdictScreen } = await import("../../exercises/runner/screen.js");
type Exercise = NonNullable<ReturnType<typeof exerciseNumbered>>;

const message = {
  happened: "Message 1 arrived after the source had finished (reading 3), and that is a sentence of some length.",
  why: "You keep the readings in a list.",
  try: "Write inside the loop.",
  read: 'README, "Before the call ends"',
};
const diagram = ["client              server", "  │── Watch  therm… ──▶│", "  │                    │ reading 1"];

describe("the screen of a verdict", () => {
  const exercise = exerciseNumbered("3") as Exercise;
  const failed = { kind: "mistake", mistake: "a", check: "as-they-arrive", message, diagram } as const;
  const around = (width: number) => ({ width, paint: plain, tookMs: 612, expected: diagram });

  it("knows the exercise by its number, with and without a 0, and works in a folder of its own here", () => {
    expect(exerciseNumbered("03")).to.deep.equal(exercise);
    expect(exercise.work.split("\\").join("/")).to.contain(`/${ownWork}/`);
    expect(exerciseNumbered("99")).to.equal(undefined);
  });

  it("has two diagrams beside each other where there is room, and below each other where there is none", () => {
    const wide = verdictScreen(exercise, failed, around(80)).join("\n");
    expect(wide).to.match(/yours +expected/);
    const narrow = verdictScreen(exercise, failed, around(40)).join("\n");
    expect(narrow)
      .to.match(/yours\n/)
      .and.match(/expected\n/);
  });

  for (const width of [40, 60, 80, 100]) {
    it(`is not wider than ${width} columns`, () => {
      const lines = verdictScreen(exercise, failed, around(width)).flatMap((line) => line.split("\n"));
      for (const line of lines) expect(stringWidth(line), line).to.be.at.most(width);
    });
  }

  it("says of a file that does not compile where, and the compiler's sentence, and nothing else", () => {
    const errors = [{ file: "work/03.ts", line: 9, column: 5, sentence: "Cannot find name 'all'." }];
    expect(verdictScreen(exercise, { kind: "does not compile", errors }, around(80)).slice(1)).to.deep.equal([
      "",
      "work/03.ts, line 9",
      "    Cannot find name 'all'.",
    ]);
  });
});

describe("a page on the screen", () => {
  const lines = (page: string, width: number) => reflowed(page, width, plain);

  it("has its paragraphs and items filled anew, and code as it was", () => {
    const page =
      "# Title\n\nA paragraph of\n**several** words.\n\n1. An item that is longer\n2. Another\n\n    code  as it is\n\n```ts\nmore();\n\ncode();\n```\n";
    expect(lines(page, 16)).to.deep.equal([
      "Title",
      "",
      "A paragraph of",
      "several words.",
      "",
      "1. An item that",
      "   is longer",
      "2. Another",
      "",
      "    code  as it is",
      "",
      "    more();",
      "",
      "    code();",
    ]);
  });

  it("leaves out what is for authors", () => {
    expect(lines("One.\n\n<!-- with: declare const a: number; -->\n```ts\na;\n```\n\nTwo.\n", 40)).to.deep.equal([
      "One.",
      "",
      "    a;",
      "",
      "Two.",
    ]);
  });

  it("has its tables in columns, or in sentences where there is no room", () => {
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
