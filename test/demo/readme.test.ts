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

/**
 * Compares the text block under `<!-- mark -->` of a page with what a run has printed. With UPDATE=1 in the environment
 * it writes the run into the page instead, for the author to look at.
 */
function expectBlock(page: string, mark: string, printed: string): void {
  const text = readFileSync(page, "utf8");
  const block = new RegExp(`(<!-- ${mark} -->\n\`\`\`text\n)([^]*?)(\`\`\`\n)`);
  const [, , shown] = text.match(block) ?? [];
  if (shown === undefined) throw new Error(`${page} has no text block under <!-- ${mark} -->`);
  if (process.env.UPDATE === "1")
    writeFileSync(
      page,
      text.replace(block, (_all, open, _old, close) => `${open}${printed.trimEnd()}\n${close}`),
    );
  else expect(steady(printed)).to.equal(steady(shown));
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
});
