import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { random, seed } from "../../bridge/test/harness/random.js";
import { Summary } from "../../src/client-streaming/summary.js";
import { exactSummary } from "./exact-summary.js";

function summaryOf(values: Iterable<number>): Summary {
  const summary = new Summary();
  for (const value of values) summary.add(value);
  return summary;
}

/** How many leading digits of `value` are right: NIST's "log relative error". */
function digits(value: number | undefined, right: number): number {
  if (value === undefined) return Number.NaN;
  return value === right ? 17 : -Math.log10(Math.abs(value - right) / Math.abs(right));
}

/** NIST's NumAcc2 to NumAcc4: the mean once, then 500 times a tenth less and a tenth more. */
function aTenthAround(mean: number, less: number, more: number): number[] {
  return [mean, ...Array.from({ length: 500 }, () => [less, more]).flat()];
}

describe("a summary", () => {
  // https://www.itl.nist.gov/div898/strd/univ/homepage.html; Michelso is the client's default data set, see
  // numbers.test.ts.
  const certified = [
    { name: "NumAcc1", values: [10_000_001, 10_000_003, 10_000_002], mean: 10_000_002, deviation: 1 },
    { name: "NumAcc2", values: aTenthAround(1.2, 1.1, 1.3), mean: 1.2, deviation: 0.1 },
    { name: "NumAcc3", values: aTenthAround(1e6 + 0.2, 1e6 + 0.1, 1e6 + 0.3), mean: 1e6 + 0.2, deviation: 0.1 },
    { name: "NumAcc4", values: aTenthAround(1e7 + 0.2, 1e7 + 0.1, 1e7 + 0.3), mean: 1e7 + 0.2, deviation: 0.1 },
  ];
  for (const { name, values, mean, deviation } of certified) {
    it(`has the mean and the deviation that NIST certifies for ${name}`, () => {
      const summary = summaryOf(values);
      expect(digits(summary.mean, mean)).to.be.greaterThan(14.5);
      // No double is 10,000,000.1: the deviation of the nearest ones equals the certified one to these digits only.
      const digitsThatDoublesKeep = { NumAcc3: 9, NumAcc4: 8 }[name] ?? 14;
      expect(digits(summary.standardDeviation, deviation)).to.be.greaterThan(digitsThatDoublesKeep);
    });

    it(`has 13 digits of the exact deviation of the doubles of ${name}`, () => {
      expect(digits(summaryOf(values).standardDeviation, exactSummary(values).standardDeviation)).to.be.greaterThan(13);
    });
  }

  it(`has 13 digits of the exact mean and deviation, of random numbers (SEED=${seed})`, () => {
    const chance = random(seed);
    for (let round = 0; round < 60; round += 1) {
      const offset = (chance() - 0.5) * 10 ** (chance() * 12);
      const spread = 10 ** (chance() * 24 - 12);
      const values = Array.from({ length: 2 + Math.trunc(chance() * 800) }, () => offset + spread * chance());
      const exact = exactSummary(values);
      const summary = summaryOf(values);
      expect(digits(summary.mean, exact.mean), `round ${round}`).to.be.greaterThan(13);
      if (exact.standardDeviation > 0)
        expect(digits(summary.standardDeviation, exact.standardDeviation), `round ${round}`).to.be.greaterThan(13);
      else expect(summary.standardDeviation).to.equal(0);
      expect([summary.min, summary.max]).to.deep.equal([Math.min(...values), Math.max(...values)]);
    }
  });

  it("has 12 digits after a million numbers", () => {
    const count = 1_000_000;
    const summary = new Summary();
    for (let value = 1; value <= count; value += 1) summary.add(1e9 + value);
    expect(summary.mean).to.equal(1e9 + (count + 1) / 2);
    // The variance of 1 to n is n (n + 1) / 12.
    expect(digits(summary.standardDeviation, Math.sqrt((count * (count + 1)) / 12))).to.be.greaterThan(12);
  });

  it("takes no more memory for a million numbers", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const heap = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const summary = summaryOf([0.5]);
    const before = heap();
    for (let n = 0; n < 1_000_000; n += 1) summary.add(n + 0.5);
    // A million numbers take 8 MB.
    expect(heap() - before).to.be.lessThan(1_000_000);
    expect(summary.count).to.equal(1_000_001);
  });

  it("of equal numbers has that very number as its mean, and no spread", () => {
    const { mean, standardDeviation } = summaryOf(Array.from({ length: 1001 }, () => 0.1));
    expect([mean, standardDeviation]).to.deep.equal([0.1, 0]);
  });

  it("has a mean also if the sum, or a distance, is too large for a double", () => {
    expect(summaryOf([1.5e308, 1.7e308, 1.6e308]).mean).to.equal(1.6e308);
    expect(summaryOf([Number.MAX_VALUE, -Number.MAX_VALUE]).mean).to.equal(0);
    const mixed = [1.7e308, -1.7e308, 1.6e308, 5, -1e307];
    expect(digits(summaryOf(mixed).mean, exactSummary(mixed).mean)).to.be.greaterThan(13);
  });

  it("has an infinite deviation, not a NaN, if the square of a distance is too large for a double", () => {
    expect(summaryOf([-1.7e308, 1.7e308]).standardDeviation).to.equal(Number.POSITIVE_INFINITY);
    expect(summaryOf([0, 1e155, 3, 4, 5]).standardDeviation).to.equal(Number.POSITIVE_INFINITY);
  });

  it("has a finite deviation below that, for many numbers too", () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 2) * 1e154);
    expect(digits(summaryOf(values).standardDeviation, 1e154 * Math.sqrt(250 / 999))).to.be.greaterThan(13);
  });

  it("has the smallest doubles as exact least and greatest", () => {
    const { min, max } = summaryOf([5e-324, -5e-324, 0]);
    expect([min, max]).to.deep.equal([-5e-324, 5e-324]);
  });
});
