import { expect } from "chai";
import { Malformed, solutionOf, starterOf, withMistake } from "../../exercises/runner/regions.js";

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

describe("the solution of an exercise", () => {
  it("has in it what the learner begins with", () => {
    expect(starterOf(solution)).to.equal(`export function f() {
  before();
  // ─── yours, from here …
  // Say hello.
  return 1;
  // ─── … to here
  after();
}
`);
  });

  it("is shown without that", () => {
    expect(solutionOf(solution)).to.equal(`export function f() {
  before();
  // ─── yours, from here …
  if (true) {
    hello();
  }
  // ─── … to here
  after();
}
`);
  });

  it("takes a mistake in its place, indented as it was", () => {
    expect(withMistake(solution, ["if (false) {\n  hello();\n}\n"])).to.equal(`export function f() {
  before();
  // ─── yours, from here …
  if (false) {
    hello();
  }
  // ─── … to here
  after();
}
`);
  });

  it("may have two regions, and a mistake a body for each", () => {
    const twice = solution + solution;
    expect(withMistake(twice, ["one();\n", "two();\n"]).match(/ {2}(one|two)\(\);/g)).to.deep.equal([
      "  one();",
      "  two();",
    ]);
  });

  for (const [what, make] of [
    ["has no region", () => starterOf("f();\n")],
    ["has a region with nothing to begin with", () => starterOf("// #region yours\nf();\n// #endregion\n")],
    ["has fewer regions than a mistake has bodies", () => withMistake(solution, ["a", "b"])],
    ["has more regions than a mistake has bodies", () => withMistake(solution + solution, ["a"])],
  ] as const) {
    it(`is refused where it ${what}`, () => expect(make).to.throw(Malformed));
  }
});
