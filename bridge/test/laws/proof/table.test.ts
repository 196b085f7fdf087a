import { readFileSync } from "node:fs";
import { expect } from "chai";
import stringWidth from "string-width";
import { allLaws, lawIds } from "./all-laws.js";
import type { Outcome } from "./law.js";
import { rowsOf, table, withoutTest } from "./table.js";

const outcome = (over: Partial<Outcome>): Outcome => ({
  laws: ["L4"],
  tried: "a reader that stops holds its sender back",
  runs: 10,
  figures: [],
  holds: true,
  ...over,
});

/** The row of `law`, without colors. */
function row(lines: readonly string[], law: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a color begins with one
  const plain = lines.map((line) => line.replaceAll(/\u001b\[\d+m/g, ""));
  return plain.find((line) => line.startsWith(`${law} `)) ?? "";
}

describe("the table of the laws", () => {
  it("has all laws of docs/stream-laws.md", () => {
    const page = readFileSync(new URL("../../../../../docs/stream-laws.md", import.meta.url), "utf8");
    const laws = [...page.matchAll(/^- (L\d+) /gm)].map(([, id]) => id);
    expect(lawIds).to.deep.equal(laws);
  });

  it("names a law without a test where it belongs", () => {
    const rows = rowsOf([outcome({ laws: ["L1"] }), outcome({ laws: ["L3", "L4"] })]);
    expect(withoutTest(rows)).to.include.members(["L2", "L22"]).and.not.include.members(["L1", "L3", "L4"]);
    const lines = table(rows);
    expect(row(lines, "L2")).to.include(allLaws.L2).and.match(/NONE$/);
    expect(lines.findIndex((line) => line.startsWith("L2 "))).to.equal(2);
  });

  it("adds up runs, keeps the value of a figure that is nearest its bound, and counts failures", () => {
    const figure = (value: number, at: string) => ({ name: "ahead", value, most: at === "1 KiB" ? 100 : 1000, at });
    const lines = table(
      rowsOf([
        outcome({ figures: [figure(80, "1 KiB")] }),
        outcome({ figures: [figure(90, "1 KiB")], holds: false }),
        outcome({ figures: [figure(300, "100 B")] }),
      ]),
    );
    expect(row(lines, "L4"))
      .to.match(/ 30 /)
      .and.include("ahead: 90 of 100 (1 KiB)")
      .and.match(/FAIL 1$/);
  });

  it("is at most 120 columns wide, however long its texts are", () => {
    const figures = ["one", "two"].map((name) => ({
      name: `${name} ${"many words ".repeat(9)}`,
      value: 1e6,
      most: 1e9,
    }));
    const lines = table(
      rowsOf(Array(20).fill(outcome({ tried: "very ".repeat(50), runs: 1e6, figures, holds: false }))),
    );
    for (const line of lines) expect(stringWidth(line)).to.be.at.most(120);
    expect(lines.some((line) => stringWidth(line) > 100)).to.equal(true);
  });
});
