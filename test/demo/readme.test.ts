import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { pairs } from "../../src/demo/pairs.js";
import { startGroup } from "./process-group.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What differs from run to run: ports, ids, and in a stream how much was on the way when. */
function steady(output: string): string {
  return output
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll(/\b[0-9a-f]{8}(?=…|")/g, "xxxxxxxx")
    .trimEnd();
}

const blockPattern = (mark: string) => new RegExp(`(<!-- ${mark} -->\n\`\`\`text\n)([^]*?)(\`\`\`\n)`);

/** The text block under `<!-- mark -->` of a page. */
function blockUnder(page: string, mark: string): string {
  const [, , shown] = readFileSync(page, "utf8").match(blockPattern(mark)) ?? [];
  if (shown === undefined) throw new Error(`${page} has no text block under <!-- ${mark} -->`);
  return shown;
}

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
  const [, diagram = ""] = output.match(/^(client +server.*?)^(?:✓|…)/ms) ?? [];
  return diagram;
}

describe("what the READMEs show of a run", function () {
  this.timeout(60_000);

  it("is what `make unary` prints", async () => {
    const group = startGroup("demo/main.js", ["unary"]);
    expect(await group.ended, group.stderr()).to.equal(0);
    expectBlock(`${root}README.md`, "output: make unary", group.stdout());
  });

  for (const [name, folder] of [
    ["unary", "unary"],
    ["client-streaming", "client-streaming"],
    ["bidi", "bidirectional"],
  ] as const) {
    const opening = pairs[name].opening;
    it(`is the diagram that the demo draws of ${opening}, in src/${folder}`, async () => {
      const group = startGroup("demo/main.js", [name]);
      expect(await group.ended, group.stderr()).to.equal(0);
      expectBlock(`${root}src/${folder}/README.md`, `diagram: ${opening}`, diagramIn(group.stdout()));
    });
  }

  it("has the diagram that the demo draws of replay, in src/server-streaming, the numbers aside", async () => {
    const group = startGroup("demo/main.js", ["server-streaming"]);
    expect(await group.ended, group.stderr()).to.equal(0);
    const page = `${root}src/server-streaming/README.md`;
    const mark = "diagram: replay";
    if (updating) writeBlock(page, mark, diagramIn(group.stdout()));
    // How much was on the way when differs from run to run. What does not: how it begins and ends, and that in between
    // messages were on their way for long, while the reader stood still.
    for (const diagram of [diagramIn(group.stdout()), blockUnder(page, mark)]) {
      const lines = diagram.trimEnd().split("\n");
      expect(lines[0]).to.match(/^client +server$/);
      expect(lines[1]).to.match(/── Replay {2}count=5000 ─+▶│$/);
      expect(lines.at(-1)).to.match(/OK/);
      expect(lines.filter((line) => /╌╌╌ [\d,]+ … [\d,]+ ──┤$/.test(line))).to.have.length.greaterThan(1);
      expect(lines).to.have.length.at.most(24);
    }
  });
});
