import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { blocksOf } from "./blocks.js";

const root = new URL("../../../", import.meta.url);

describe("docs/concepts.md", () => {
  const blocks = blocksOf(readFileSync(new URL("docs/concepts.md", root), "utf8"));

  it("prints the sizes that it promises to a reader who measures again", () => {
    const at = blocks.findIndex(({ language, marks }) => language === "js" && marks.has("run"));
    // From stdin, a module resolves `#gen` as a file in the project's folder does.
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
      input: blocks[at]?.text,
      cwd: root,
      encoding: "utf8",
    });
    expect(stdout, stderr).to.equal(blocks[at + 1]?.text);
  });
});
