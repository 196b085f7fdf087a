import { expect } from "chai";
import { blocksOf, read } from "./blocks.js";
import { printedBy } from "./programs.js";

describe("docs/concepts.md", () => {
  it("prints the sizes that it promises to a reader who measures again", async () => {
    const blocks = blocksOf(read("docs/concepts.md"));
    const at = blocks.findIndex(({ language, marks }) => language === "js" && marks.has("run"));
    expect(await printedBy(blocks[at]?.text ?? "")).to.equal(blocks[at + 1]?.text);
  });
});
