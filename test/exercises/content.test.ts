import { expect } from "chai";
import { Malformed, solutionOf, starterOf, withCode } from "../../exercises/runner/content/regions.js";
import { fencesOf, sectionsOf, withoutFences } from "../../exercises/runner/content/sections.js";

const solution = `export function f() {
  before();
  // #region yours
  //> // Say hello.
  //> return 1;
  if (true) {
    hello();
  }
  // #endregion
  after();
}
`;

/** The learner's file with these lines in its region. */
const withBody = (...lines: string[]) =>
  [
    "export function f() {",
    "  before();",
    "  // ─── yours, from here …",
    ...lines,
    "  // ─── … to here",
    "  after();",
    "}",
    "",
  ].join("\n");

describe("the solution of an exercise", () => {
  it("contains the starter, and is shown without it", () => {
    expect(starterOf(solution)).to.equal(withBody("  // Say hello.", "  return 1;"));
    expect(solutionOf(solution)).to.equal(withBody("  if (true) {", "    hello();", "  }"));
  });

  it("accepts other code for each region, with the indent of the region", () => {
    const made = withCode(solution, new Map([[1, "if (false) {\n  hello();\n}\n"]]));
    expect(made).to.equal(withBody("  if (false) {", "    hello();", "  }"));
  });

  it("keeps its own code in a region that gets no other", () => {
    const made = withCode(solution + solution, new Map([[2, "two();\n"]]));
    expect(made).to.equal(solutionOf(solution) + withBody("  two();"));
  });

  for (const [what, make] of [
    ["has no region", () => starterOf("f();\n")],
    ["has a region without a starter", () => starterOf("// #region yours\nf();\n// #endregion\n")],
    ["lacks a region for which there is code", () => withCode(solution, new Map([[2, "a"]]))],
  ] as const) {
    it(`is refused if it ${what}`, () => expect(make).to.throw(Malformed));
  }
});

describe("a page of an exercise", () => {
  const page = `# A page

Before the first section.

## one
Words.
\`\`\`ts
// A heading in code:
## no heading
\`\`\`
## two
<!-- a comment -->
\`\`\`
drawn
\`\`\`
\`\`\`ts
\`\`\`
`;

  it("has a beginning and sections, and a heading in code begins no section", () => {
    const sections = sectionsOf(page);
    expect(sections.map(({ title }) => title)).to.deep.equal(["one", "two"]);
    const [before = ""] = page.split("## ");
    expect(before + sections.map(({ title, text }) => `## ${title}${text}`).join("")).to.equal(page);
  });

  it("has fences with or without a language, with or without code, and tells their positions", () => {
    const fences = fencesOf(page);
    expect(fences.map(({ language, code }) => [language, code])).to.deep.equal([
      ["ts", "// A heading in code:\n## no heading\n"],
      ["", "drawn\n"],
      ["ts", ""],
    ]);
    for (const { at } of fences) expect(page.slice(at, at + 3)).to.equal("```");
    expect(withoutFences(page)).to.include("Words.").and.not.include("drawn");
  });
});
