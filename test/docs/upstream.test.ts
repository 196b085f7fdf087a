import { expect } from "chai";
import { markedBlock, read } from "./blocks.js";
import { printedBy, programsOf } from "./programs.js";

const page = "docs/upstream.md";

const printed = (code: string) => printedBy(`${markedBlock(page, "preamble")}\n${code}`);

describe(page, () => {
  it("names the installed version of grpc-js", () => {
    const { version } = JSON.parse(read("node_modules/@grpc/grpc-js/package.json")) as { version: string };
    expect(read(page)).to.include(`@grpc/grpc-js ${version}`);
  });

  it("has a program with its output for each fact, except the fact about a package that is not installed", () => {
    const facts = [...read(page).matchAll(/^### (.+)$/gm)].map(([, fact]) => fact);
    const shown = programsOf(page).map(({ heading }) => heading);
    expect(facts.filter((fact) => fact !== undefined && !shown.includes(fact))).to.deep.equal([
      "24. Reflection does not find a service without a package",
    ]);
  });

  it("has programs that print what the page shows", async () => {
    const expected = programsOf(page);
    const seen = await Promise.all(
      expected.map(async ({ heading, code }) => ({ heading, output: await printed(code) })),
    );
    expect(seen).to.deep.equal(expected.map(({ heading, output }) => ({ heading, output })));
  });
});
