import { expect } from "chai";
import { lawIds } from "./all-laws.js";
import { mutated, sourceOf } from "./mutate.js";
import { mutations } from "./mutations.js";

describe("the mutations of the code", () => {
  it("exist for every law", () => {
    const broken = new Set(mutations.map(({ law }) => law));
    expect(lawIds.filter((id) => !broken.has(id))).to.deep.equal([]);
  });

  for (const mutation of mutations) {
    it(`find their code exactly once: ${mutation.law}, ${mutation.breaks}`, () => {
      expect(mutated(mutation, sourceOf(mutation))).to.include(mutation.becomes);
    });
  }

  it("name the one whose code is gone, or occurs twice", () => {
    const [mutation = expect.fail("there is no mutation")] = mutations;
    expect(() => mutated(mutation, "")).to.throw(/^the mutation of L1 looks for a text that occurs 0 times in bridge/);
    expect(() => mutated(mutation, mutation.code.repeat(2))).to.throw("occurs 2 times");
  });
});
