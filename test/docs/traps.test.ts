import { expect } from "chai";
import { markedBlock, read } from "./blocks.js";
import { printedBy, programsOf } from "./programs.js";

const page = "docs/traps.md";

/** Without this, a proxy of the environment would receive the programs' calls. */
const environment = { ...process.env, no_grpc_proxy: "127.0.0.1" };

function printed(code: string): Promise<string> {
  const preambles = [markedBlock("docs/upstream.md", "preamble"), markedBlock(page, "preamble")];
  return printedBy([...preambles, code, "process.exit();"].join("\n"), environment);
}

describe(page, () => {
  it("names the installed version of grpc-js", () => {
    const { version } = JSON.parse(read("node_modules/@grpc/grpc-js/package.json")) as { version: string };
    expect(read(page)).to.include(`grpc-js ${version}`);
  });

  it("has a program for each trap", () => {
    const traps = [...read(page).matchAll(/^### (.+)$/gm)].map(([, trap]) => trap);
    expect(programsOf(page).map(({ heading }) => heading)).to.deep.equal(traps);
    expect(traps).to.have.length.of.at.least(14);
  });

  for (const { heading, code, output } of programsOf(page)) {
    it(`shows the output of its program: ${heading}`, async () => {
      expect(await printed(code)).to.equal(output);
    });
  }
});
