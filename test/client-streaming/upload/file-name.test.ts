import { expect } from "chai";
import { problemOfName } from "../../../src/client-streaming/upload/file-name.js";

describe("the name of an uploaded file", () => {
  it("may have dots, blanks and letters of every script", () => {
    const plain = ["a", "a.txt", ".profile", "..a", "console.log", "com10"];
    for (const name of [...plain, "Grüße.txt", "日本.txt", "a b.txt", "x".repeat(255)])
      expect(problemOfName(name), name).to.equal(undefined);
  });

  /** Names by their problem. */
  const bad: Readonly<Record<string, readonly string[]>> = {
    empty: [""],
    dot: [".", ".."],
    "plain name": ["../a", "/etc/passwd", "a/b", "a\\b", "c:a", "a.txt:stream"],
    control: ["a\0b", "a\nb", "a\u0085b"],
    "dot or a space": ["a.", "a "],
    "255 bytes": ["x".repeat(256), "é".repeat(128)],
    device: ["NUL", "nul.txt", "con .txt", "Com1", "lpt9.tar.gz", "conin$"],
    "well-formed": ["\ud800", "a\ufffd"],
    // Some file systems take both for the same file.
    ".upload-": [".upload-61.bytes", ".UPLOAD-61.bytes"],
  };
  for (const [problem, names] of Object.entries(bad)) {
    it(`is refused: ${problem}`, () => {
      for (const name of names) expect(problemOfName(name), JSON.stringify(name)).to.include(problem);
    });
  }
});
