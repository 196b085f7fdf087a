import { expect } from "chai";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { typingAt } from "../../../src/bidirectional/chat-client/typing.js";
import { screen } from "../../screen.js";

/** A terminal of 40 columns for a test to type at, the lines it gave, and how often it was left. */
function typist(columns = 40) {
  const at = screen(columns);
  const lines: string[] = [];
  let left = 0;
  const typing = typingAt(at.input, at.output, "ada> ", {
    line: (text) => lines.push(text),
    leave: () => (left += 1),
  });
  afterTheTest(() => typing.close());
  return { at, typing, lines, left: () => left };
}

describe("the line that is typed", () => {
  it("stays at the bottom, whole, with its cursor, when lines are printed above it", async () => {
    const { at, typing } = typist();
    at.type("hello");
    await at.rows();
    typing.print("grace  first");
    typing.print("grace  second");
    expect(await at.rows()).to.deep.equal(["grace  first", "grace  second", "ada> hello"]);
    expect(await at.cursor()).to.deep.equal({ x: "ada> hello".length, y: 2 });
  });

  it("stays whole if it has several rows", async () => {
    const { at, typing } = typist(20);
    at.type("a line that is longer than a row, and then some");
    await at.rows();
    typing.print("grace  first");
    typing.print("grace  a line that is longer than a row");
    expect((await at.rows()).join("")).to.equal(
      "grace  firstgrace  a line that is longer than a rowada> a line that is longer than a row, and then some",
    );
  });

  for (const length of [14, 15, 16, 34, 35, 36]) {
    it(`stays whole if its ${length} characters are pasted and end near the end of a row`, async () => {
      const { at, typing } = typist(20);
      at.type("x".repeat(length));
      await at.rows();
      typing.print("grace  first");
      expect((await at.rows()).join("").trimEnd()).to.equal(`grace  firstada> ${"x".repeat(length)}`);
      at.type("y");
      expect((await at.rows()).join("").trimEnd()).to.equal(`grace  firstada> ${"x".repeat(length)}y`);
    });
  }

  it("keeps the cursor in the middle of a word", async () => {
    const { at, typing } = typist();
    at.type("helo\u001b[D");
    await at.rows();
    typing.print("grace  first");
    at.type("l");
    expect(await at.rows()).to.deep.equal(["grace  first", "ada> hello"]);
  });

  it("leaves the screen when it is sent, because the room will send it back", async () => {
    const { at, typing, lines } = typist(20);
    for (const text of ["short", "longer than the row of the terminal", "日本語日本語日本語日本語"]) {
      at.type(`${text}\r`);
      await at.rows();
      typing.print(`said ${lines.length}`);
    }
    expect(lines).to.deep.equal(["short", "longer than the row of the terminal", "日本語日本語日本語日本語"]);
    expect(await at.rows()).to.deep.equal(["said 1", "said 2", "said 3", "ada> "]);
  });

  it("survives a window that becomes narrower", async () => {
    const { at, typing } = typist(40);
    at.type("a line that takes half of it");
    await at.rows();
    at.resize(20);
    typing.print("grace  first");
    const rows = await at.rows();
    expect(rows.join("")).to.include("grace  first");
    expect(rows.join("").endsWith("ada> a line that takes half of it")).to.equal(true);
  });

  it("removes the prompt when it is closed, and still prints", async () => {
    const { at, typing } = typist();
    at.type("half");
    await at.rows();
    typing.close();
    typing.print("grace  still talks");
    expect(await at.rows()).to.deep.equal(["grace  still talks"]);
  });

  it("is left by ctrl-c, and by ctrl-d if it is empty, once each", async () => {
    const one = typist();
    one.at.type("half\u0003");
    await one.at.rows();
    expect(one.left()).to.equal(1);
    const two = typist();
    two.at.type("half\u0004");
    await two.at.rows();
    expect(two.left()).to.equal(0);
    two.at.type("\u0015\u0004");
    await two.at.rows();
    expect(two.left()).to.equal(1);
    expect(await two.at.rows()).to.deep.equal([]);
  });
});
