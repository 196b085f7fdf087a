import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { pairs } from "../../src/demo/pairs.js";
import { blockPattern, blockUnder, steady } from "./block-under.js";
import { addressesIn, expectNothingLeft, startGroup } from "./process-group.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Puts a run into the page, for its author to look at. */
function writeBlock(page: string, mark: string, printed: string): void {
  const text = readFileSync(page, "utf8");
  const written = text.replace(
    blockPattern(mark),
    (_all, open, _old, close) => `${open}${printed.trimEnd()}\n${close}`,
  );
  writeFileSync(page, written);
}

const updating = process.env.UPDATE === "1";

/** Compares a block with what a run has printed; with UPDATE=1 in the environment, writes the run into the page. */
function expectBlock(page: string, mark: string, printed: string): void {
  if (updating) writeBlock(page, mark, printed);
  else expect(steady(printed)).to.equal(steady(blockUnder(page, mark)));
}

/** The diagram in what the demo has printed: from the lifelines' heads to the line before the ✓. */
function diagramIn(output: string): string {
  const [, diagram = ""] = output.match(/^(client +server.*?)^(?:✓|…|\(╌╌╌)/ms) ?? [];
  return diagram;
}

describe("the demo of all four pairs, and what the READMEs show of it", () => {
  /** What was printed under the title of each pair. */
  const sections = new Map<string, string>();
  let output = "";
  let code: number | null = null;

  before(async () => {
    const group = startGroup("demo/main.js");
    code = await group.ended;
    output = group.stdout();
    await expectNothingLeft(group);
    const titles = Object.values(pairs).map(({ title }) => title);
    for (const [index, title] of titles.entries()) {
      const next = titles[index + 1];
      sections.set(title, output.slice(output.indexOf(title), next === undefined ? undefined : output.indexOf(next)));
    }
  });

  it("ends well, each on a port of its own, and leaves no process and no port", () => {
    expect(code, output).to.equal(0);
    expect(new Set(addressesIn(output)).size).to.equal(4);
  });

  for (const { title } of Object.values(pairs)) {
    it(`${title}: one call in at most 24 lines of 80 columns, and a lesson that happened`, () => {
      const section = sections.get(title) ?? "";
      const lines = diagramIn(section).trimEnd().split("\n");
      // The line with the method, above the lifelines, is one of the 24.
      expect(lines).to.have.length.within(3, 23);
      for (const line of lines) expect(line.length, line).to.be.at.most(80);
      expect(section.match(/^client +server$/gm)).to.have.length(1);
      expect(section).to.match(/^✓ .{20,78}$/m);
    });
  }

  it("prints of the unary pair what README.md shows", () => {
    expectBlock(`${root}README.md`, "output: make unary", sections.get(pairs.unary.title) ?? "");
  });

  for (const [name, folder] of [
    ["unary", "unary"],
    ["client-streaming", "client-streaming"],
    ["bidi", "bidirectional"],
  ] as const) {
    const { opening, title } = pairs[name];
    it(`draws of ${opening} what src/${folder}/README.md shows`, () => {
      expectBlock(`${root}src/${folder}/README.md`, `diagram: ${opening}`, diagramIn(sections.get(title) ?? ""));
    });
  }

  it("draws of replay what src/server-streaming/README.md shows, the numbers aside", () => {
    const drawn = diagramIn(sections.get(pairs["server-streaming"].title) ?? "");
    const page = `${root}src/server-streaming/README.md`;
    const mark = "diagram: replay";
    if (updating) writeBlock(page, mark, drawn);
    // How much was on the way when differs from run to run. What does not: how it begins and ends, and that in between
    // messages were on their way for long, while the reader stood still.
    for (const diagram of [drawn, blockUnder(page, mark)]) {
      const lines = diagram.trimEnd().split("\n");
      expect(lines[0]).to.match(/^client +server$/);
      expect(lines[1]).to.match(/── Replay {2}count=9000 ─+▶│$/);
      expect(lines.at(-1)).to.match(/OK/);
      expect(lines.filter((line) => /╌╌╌ [\d,]+ … [\d,]+ ──┤$/.test(line))).to.have.length.greaterThan(1);
    }
  });

  it("draws of a corrupted upload what src/client-streaming/README.md shows", async () => {
    const group = startGroup("demo/main.js", ["client-streaming", "--case", "upload-corrupted"]);
    expect(await group.ended, group.stdout()).to.equal(0);
    await expectNothingLeft(group);
    const drawn = diagramIn(group.stdout());
    expectBlock(`${root}src/client-streaming/README.md`, "diagram: upload-corrupted", drawn);
  });
});
