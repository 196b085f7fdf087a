import { expect } from "chai";
import { read } from "./blocks.js";

/** The names that have a line of their own below `heading`. */
function explainedBelow(heading: string): string[] {
  const [, section = ""] = read("docs/dependencies.md").split(`\n## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  return [...text.matchAll(/^- `([^`]+)`: \S/gm)].map(([, name = ""]) => name);
}

describe("docs/dependencies.md", () => {
  const manifest: Record<"dependencies" | "devDependencies", Record<string, string>> = JSON.parse(read("package.json"));

  it("explains each dependency of the programs, the build and the tests, and nothing else", () => {
    expect(explainedBelow("At run time")).to.have.members(Object.keys(manifest.dependencies));
    expect(explainedBelow("At build time and in tests")).to.have.members(Object.keys(manifest.devDependencies));
  });

  it("is right that all versions are exact", () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).to.deep.equal([]);
  });
});
