import { expect } from "chai";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { cases } from "../../src/server-streaming/client.js";
import { build } from "../../src/server-streaming/server.js";
import { caseContext } from "../case-context.js";
import { markedBlock, read } from "../docs/blocks.js";

const block = (mark: string) => markedBlock("src/server-streaming/README.md", mark);

/** With `#` for every number, be it 1, 2,416 or 63.0: the words and the lines are ours, the numbers are the host's. */
const withoutNumbers = (text: string) => text.replace(/\d[\d,]*(\.\d+)?/g, "#");

/** What the page says that the client prints, by the case that prints it. */
const expected = new Map(
  block("expected")
    .split(/^(?=\S)/m)
    .map((lines): [string, string] => [lines.slice(0, lines.indexOf("\n")), lines.slice(lines.indexOf("\n") + 1)]),
);

describe("the page of the server-streaming pair", () => {
  it("has the cases of the client, in their order", () => {
    expect([...expected.keys()]).to.deep.equal(Object.keys(cases));
  });

  for (const [name, run] of Object.entries(cases)) {
    it(`prints what the case ${name} prints, numbers aside`, async () => {
      const { client } = await loopback(build());
      const lines: string[] = [];
      await run(caseContext(client, { say: (line) => lines.push(`  ${line}\n`) }));
      expect(withoutNumbers(lines.join(""))).to.equal(withoutNumbers(expected.get(name) ?? "nothing"));
    });
  }

  it("shows the bridged handler that the server runs", () => {
    expect(block("bridged")).to.match(/^function\* replay/);
    expect(read("src/server-streaming/vitals.ts")).to.contain(block("bridged"));
  });
});
