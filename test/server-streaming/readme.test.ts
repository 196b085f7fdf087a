import { readFileSync } from "node:fs";
import { expect } from "chai";
import { cases } from "../../src/server-streaming/client.js";
import { build } from "../../src/server-streaming/server.js";
import { blocksOf } from "../docs/blocks.js";
import { loopback } from "../loopback.js";

const source = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** The text with `#` for every number: 1, 2,416, 63.0. The numbers are the host's, the words and the lines are ours. */
const withoutNumbers = (text: string) => text.replace(/\d[\d,]*(\.\d+)?/g, "#");

describe("src/server-streaming/README.md", () => {
  const blocks = blocksOf(source("src/server-streaming/README.md"));
  const outputs = new Map(blocks.map(({ marks, text }) => [marks.get("output"), text]));
  const marked = (mark: string) => blocks.find(({ marks }) => marks.has(mark))?.text;

  for (const [name, run] of Object.entries(cases)) {
    it(`shows what the case ${name} prints, numbers aside`, async () => {
      const { client } = await loopback(build().server);
      const lines: string[] = [];
      await run({ client, signal: new AbortController().signal, say: (line) => lines.push(`${line}\n`) });
      expect(withoutNumbers(lines.join(""))).to.equal(withoutNumbers(outputs.get(name) ?? "no such block"));
    });
  }

  it("shows the raw handler that the tests run", () => {
    const [, region = ""] = source("test/server-streaming/raw-handler.ts").split("// region raw\n");
    const [code = ""] = region.split("  // endregion raw");
    expect(marked("raw")).to.equal(code.replace(/^ {2}/gm, ""));
  });

  it("shows the bridged handler that the server runs", () => {
    const code = marked("bridged");
    expect(code).to.match(/^function\* replay/);
    expect(source("src/server-streaming/vitals.ts")).to.contain(code);
  });
});
