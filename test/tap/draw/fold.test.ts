import { expect } from "chai";
import { fold } from "../../../src/tap/draw/fold.js";
import { rowsOf } from "../../../src/tap/draw/rows.js";
import { bothWays, scriptedCall } from "../scripted-call.js";

const repeat = (count: number, lines: string) => `${lines}\n`.repeat(count);
const request = "c request\ns request";
const response = "s response\nc response";

describe("folding", () => {
  const folded = (script: string, maxLines: number) =>
    fold(rowsOf(scriptedCall(`c call\ns call\n${script}\ns status 0\nc status 0`, bothWays)), maxLines).map(
      ({ text }) => text,
    );

  it("does not fold a short call", () => {
    expect(folded(repeat(6, request), 24)).to.deep.equal(["Method", "1", "2", "3", "4", "5", "6", "OK"]);
  });

  it("never folds a single row", () => {
    for (let count = 1; count < 25; count += 1) {
      for (let maxLines = 4; maxLines < 12; maxLines += 1) {
        expect(folded(repeat(count, request), maxLines), `${count} in ${maxLines}`).to.not.include("… 1 more");
      }
    }
  });

  it("shows a run as one line if there is no room for more", () => {
    expect(folded(repeat(100, request), 3)).to.deep.equal(["Method", "1 … 100", "OK"]);
    expect(folded(repeat(100, request), 4)).to.deep.equal(["Method", "1", "… 99 more", "OK"]);
    expect(folded(repeat(100, request), 5)).to.deep.equal(["Method", "1", "… 98 more", "100", "OK"]);
  });

  it("shares the lines among the runs", () => {
    const script = repeat(100, request) + repeat(100, response);
    expect(folded(script, 8)).to.deep.equal(["Method", "1", "… 98 more", "100", "1", "… 98 more", "100", "OK"]);
  });

  it("folds whole rounds, of any number of rows", () => {
    const script = repeat(50, `${request}\n${response}\n${response}`);
    expect(folded(script, 9)).to.deep.equal(["Method", "1", "1", "2", "… 48 more rounds", "50", "99", "100", "OK"]);
  });

  it("folds the middle to one line if even the folded runs are too many, and says what is in it", () => {
    let script = "";
    for (let run = 1; run <= 30; run += 1) script += repeat(run, request) + repeat(31 - run, response);
    const texts = folded(script, 10);
    expect(texts).to.have.length(10);
    expect(texts.slice(0, 3)).to.deep.equal(["Method", "1", "1 … 30"]);
    expect(texts.at(-1)).to.equal("OK");
    expect(texts.filter((text) => text.startsWith("…"))).to.deep.equal(["… 835 more: 432 requests, 403 responses"]);
  });

  it("accounts for every message: what is shown and what is folded add up", () => {
    for (const [requests, responses] of [
      [7, 0],
      [1_000, 3],
      [20, 20],
      [333, 334],
    ] as const) {
      const rows = rowsOf(
        scriptedCall(`c call\ns call\n${repeat(requests, request)}${repeat(responses, response)}`, bothWays),
      );
      const total = fold(rows, 12).reduce((sum, row) => sum + (row.shape === "fold" ? row.hidden.length : 1), 0);
      expect(total).to.equal(1 + requests + responses);
    }
  });
});
