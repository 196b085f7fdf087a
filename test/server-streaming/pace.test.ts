import { expect } from "chai";
import { longestPause } from "../../src/server-streaming/cases/pace.js";

describe("longestPause", () => {
  // Rounds 1 to 6; the pauses after rounds 2 and 4 are 30 and 50 ms long.
  const measuredMs = [100, 101, 131, 132, 182, 182];

  it("finds the longest one, and the round before it", () => {
    expect(longestPause(measuredMs, 1, 6)).to.deep.equal({ after: 4, ms: 50 });
  });

  it("looks between the two rounds alone", () => {
    expect(longestPause(measuredMs, 1, 4)).to.deep.equal({ after: 2, ms: 30 });
    expect(longestPause(measuredMs, 2, 3)).to.deep.equal({ after: 2, ms: 30 });
    expect(longestPause(measuredMs, 3, 4)).to.deep.equal({ after: 3, ms: 1 });
  });

  it("is no time where all was measured at once", () => {
    expect(longestPause([7, 7, 7], 1, 3)).to.deep.equal({ after: 1, ms: 0 });
  });
});
