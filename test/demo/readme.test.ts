import { expect } from "chai";
import { type Pair, pairs } from "../../src/demo/pairs.js";
import { read } from "../docs/blocks.js";
import { diagramIn, expectBlock, folders } from "./block-under.js";
import { addressesIn, expectNothingLeft, startGroup } from "./process-group.js";

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

  it("ends well, each pair on its own port, and leaves no process and no port", () => {
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

  it("prints for the unary pair what README.md shows", () => {
    expectBlock("README.md", "output: make unary", sections.get(pairs.unary.title) ?? "");
  });

  for (const [name, { opening, title }] of Object.entries<Pair>(pairs) as [keyof typeof pairs, Pair][]) {
    it(`draws ${opening} as the README shows it`, () => {
      const diagram = diagramIn(sections.get(title) ?? "");
      expectBlock(`src/${folders[name]}/README.md`, `diagram: ${opening}`, diagram);
    });
  }
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
