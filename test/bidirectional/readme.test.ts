import { expect } from "chai";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { cases } from "../../src/bidirectional/client.js";
import { build } from "../../src/bidirectional/server.js";
import { caseContext } from "../case-context.js";
import { markedBlock, read } from "../docs/blocks.js";

const block = (mark: string) => markedBlock("src/bidirectional/README.md", mark);

describe("the page of the bidirectional pair", () => {
  it("prints what the client prints", async () => {
    const { client } = await loopback(build());
    let output = "";
    for (const [name, run] of Object.entries(cases)) {
      output += `${name}\n`;
      await run(caseContext(client, { say: (line) => (output += `  ${line}\n`) }));
    }
    expect(block("expected")).to.equal(output);
  });

  it("shows the handlers that the server runs", () => {
    expect(read("src/bidirectional/dialogue.ts")).to.include(block("bridged"));
    expect(read("src/bidirectional/echo.ts")).to.include(block("echo"));
  });
});
