import { expect } from "chai";
import { problemOfName } from "../../../src/client-streaming/upload/file-name.js";

describe("the name of an uploaded file", () => {
  const good = [
    "a",
    "a.txt",
    ".profile",
    "Grüße.txt",
    "日本.txt",
    "a b.txt",
    "..a",
    "console.log",
    "com10",
    "x".repeat(255),
  ];
  for (const name of good) {
    it(`may be ${JSON.stringify(name.slice(0, 20))}`, () => expect(problemOfName(name)).to.equal(undefined));
  }

  const bad: [name: string, problem: string][] = [
    ["", "empty"],
    [".", "dot"],
    ["..", "dot"],
    ["../a", "plain name"],
    ["/etc/passwd", "plain name"],
    ["a/b", "plain name"],
    ["a\\b", "plain name"],
    ["c:a", "plain name"],
    ["a.txt:stream", "plain name"],
    ["a\0b", "control"],
    ["a\nb", "control"],
    ["a\u0085b", "control"],
    ["a.", "dot or a space"],
    ["a ", "dot or a space"],
    ["x".repeat(256), "255 bytes"],
    ["é".repeat(128), "255 bytes"],
    ["NUL", "device"],
    ["nul.txt", "device"],
    ["con .txt", "device"],
    ["Com1", "device"],
    ["lpt9.tar.gz", "device"],
    ["conin$", "device"],
    ["\ud800", "well-formed"],
    ["a\ufffd", "well-formed"],
    [".upload-61.bytes", ".upload-"],
    // The same file, for some file systems.
    [".UPLOAD-61.bytes", ".upload-"],
  ];
  for (const [name, problem] of bad) {
    it(`may not be ${JSON.stringify(name.slice(0, 20))}`, () => expect(problemOfName(name)).to.include(problem));
  }
});
