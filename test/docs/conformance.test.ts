import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { temporaryFolder } from "../client-streaming/upload/uploads.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = join(root, "bridge/test/conformance");
const read = (path: string) => readFileSync(path, "utf8");

/** The lines of both lists: side, cases, the text of the suite, the cause. */
const known = ["known-failing.txt", "known-flaky.txt"].flatMap((list) =>
  read(join(folder, list))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" | ")),
);

describe("make conformance", () => {
  it("says that there is no Go, and ends with 3", () => {
    const nothing = temporaryFolder();
    const { status, stderr } = spawnSync(process.execPath, [join(folder, "run.mjs")], {
      env: { ...process.env, PATH: nothing, Path: nothing },
      encoding: "utf8",
    });
    expect(status).to.equal(3);
    expect(stderr).to.equal("conformance: there is no Go on this machine: install it, and try again\n");
  });

  it("has lists with the side, the cases, the text of the suite and the cause in each line", () => {
    for (const line of known) {
      expect(line, line.join(" | ")).to.have.length(4);
      expect(line[0]).to.be.oneOf(["server", "client"]);
    }
  });

  it("has lists that name facts which exist, and cases which the page explains", () => {
    const facts = read(join(root, "docs/stream-laws.md"));
    const page = read(join(root, "docs/conformance.md"));
    for (const [side, cases = "", , cause = ""] of known) {
      const [, fact] = cause.match(/^fact (\d+)/) ?? [];
      if (fact !== undefined) expect(facts, cause).to.match(new RegExp(`^${fact}\\. `, "m"));
      const [, name = cases] = cases.match(/\*\*\/(.+)$/) ?? [];
      const rows = page.split("\n").filter((row) => row.startsWith(`| ${side} |`) && row.includes(`${name}\``));
      expect(rows, `${side} | ${cases}`).to.have.length(1);
      if (fact !== undefined) expect(rows[0]).to.include(`fact ${fact}`);
    }
  });
});
