import { expect } from "chai";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { cases } from "../../src/unary/client.js";
import { build } from "../../src/unary/server.js";
import { caseContext } from "../case-context.js";
import { markedBlock, read } from "../docs/blocks.js";

const block = (mark: string) => markedBlock("src/unary/README.md", mark);

/** What differs from run to run, made the same. */
const settled = (output: string) =>
  output
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "(id)")
    .replaceAll(/handler-us \d+/g, "handler-us (us)");

describe("the page of the unary pair", () => {
  it("prints what the client prints", async () => {
    const { client } = await loopback(build());
    let output = "";
    for (const [name, run] of Object.entries(cases)) {
      output += `${name}\n`;
      await run(caseContext(client, { say: (line) => (output += `  ${line}\n`) }));
    }
    expect(settled(output)).to.equal(settled(block("expected")));
  });

  it("shows the handler that the server runs", () => {
    expect(read("src/unary/calculator.ts")).to.include(block("bridged"));
  });
});
