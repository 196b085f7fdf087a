import { expect } from "chai";
import { fencesOf, sectionsOf, withoutFences } from "../../exercises/runner/sections.js";

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

describe("a page of Markdown", () => {
  it("has a section for each of its headings, and none for what looks like one in code", () => {
    expect(sectionsOf(page).map(({ title }) => title)).to.deep.equal(["one", "two"]);
  });

  it("is its beginning and its sections, letter by letter", () => {
    const [before = ""] = page.split("## ");
    expect(
      before +
        sectionsOf(page)
          .map(({ title, text }) => `## ${title}${text}`)
          .join(""),
    ).to.equal(page);
  });

  it("has fences with a language or without one, with code or without any, and says where they are", () => {
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
