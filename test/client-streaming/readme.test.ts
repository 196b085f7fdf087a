import { expect } from "chai";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { cases } from "../../src/client-streaming/client.js";
import { build } from "../../src/client-streaming/server.js";
import { caseContext } from "../case-context.js";
import { markedBlock, read } from "../docs/blocks.js";
import { temporaryFolder } from "./upload/uploads.js";

/** How far a sender gets before it hears of a refusal depends on the machine. */
const ofAnyMachine = (output: string) => output.replace(/stopped after [\d,]+ of/, "stopped after … of");

describe("src/client-streaming/README.md", () => {
  const block = (mark: string) => markedBlock("src/client-streaming/README.md", mark);

  it("prints what the client prints, case by case", async () => {
    const { client } = await loopback(build({}, { uploads: temporaryFolder() }));
    let output = "";
    const print = (line: string) => {
      output += `${line}\n`;
    };
    for (const [name, run] of Object.entries(cases)) {
      print(name);
      await run(caseContext(client, { say: (line) => print(`  ${line}`) }));
    }
    expect(ofAnyMachine(output)).to.equal(ofAnyMachine(block("expected")));
  });

  it("shows the handler that the server runs", () => {
    expect(read("src/client-streaming/statistics.ts")).to.include(block("bridged"));
  });

  it("shows the rule of the commit that the server keeps", () => {
    expect(read("src/client-streaming/upload/upload.ts")).to.include(block("receive"));
  });
});
