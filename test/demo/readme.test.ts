import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { type Pair, pairs } from "../../src/demo/pairs.js";
import { read } from "../docs/blocks.js";
import { blockPattern, blockUnder, diagramIn, folders, root, steady } from "./block-under.js";
import { addressesIn, expectNothingLeft, startGroup } from "./process-group.js";

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

/** What the demo draws of one case, by itself. */
async function drawn(pair: string, name: string): Promise<string> {
  const group = startGroup("demo/main.js", [pair, "--case", name]);
  expect(await group.ended, group.stdout()).to.equal(0);
  await expectNothingLeft(group);
  return diagramIn(group.stdout());
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

  for (const [name, { opening, title }] of Object.entries<Pair>(pairs) as [keyof typeof pairs, Pair][]) {
    it(`draws of ${opening} what the README shows`, () => {
      const page = `${root}src/${folders[name]}/README.md`;
      expectBlock(page, `diagram: ${opening}`, diagramIn(sections.get(title) ?? ""));
    });
  }
});

describe("what the READMEs show of other cases", () => {
  for (const [pair, name, calls] of [
    ["client-streaming", "upload-corrupted", 2],
    ["bidi", "chat", 1],
  ] as const) {
    it(`is what the demo draws of ${name}, the first ${calls} of its calls`, async () => {
      const shown = (await drawn(pair, name)).split("\n\n").slice(0, calls).join("\n\n");
      expectBlock(`${root}src/${folders[pair]}/README.md`, `diagram: ${name}`, shown);
    });
  }

  it("is what the demo draws of slow-reader, the numbers aside", async () => {
    const page = `${root}src/server-streaming/README.md`;
    const mark = "diagram: slow-reader";
    const ours = await drawn("server-streaming", "slow-reader");
    if (updating) writeBlock(page, mark, ours);
    // How much was on the way when differs from run to run. What does not: how it begins and ends, and that in between
    // messages were on their way for long, while the reader stood still.
    for (const diagram of [ours, blockUnder(page, mark)]) {
      const lines = diagram.trimEnd().split("\n");
      expect(lines[0]).to.match(/^client +server$/);
      expect(lines[1]).to.match(/── Replay {2}count=9000 ─+▶│$/);
      expect(lines.at(-1)).to.match(/OK/);
      expect(lines.filter((line) => /╌╌╌ [\d,]+ … [\d,]+ ──┤$/.test(line))).to.have.length.greaterThan(1);
    }
  });
});

describe("the four READMEs", () => {
  it("have the same sections in the same order, and the production case last", () => {
    for (const folder of Object.values(folders)) {
      const sections = [...read(`src/${folder}/README.md`).matchAll(/^## (.+)$/gm)].map(([, title = ""]) => title);
      expect(sections.at(-1), folder).to.match(/^The production case: /);
      expect(sections.slice(0, -1), folder).to.deep.equal([
        "The service",
        "Open these files, in this order",
        "Try it",
        "When to use it, and when not",
        "What goes wrong",
      ]);
    }
  });
});
