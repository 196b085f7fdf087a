import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type Caller, caller, type Violation, violationsOf } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { failure } from "../../src/host/index.js";
import { divide, squareRoot } from "../../src/unary/calculator.js";
import { build } from "../../src/unary/server.js";

/** The largest float, and the smallest that is more than zero. */
const largest = 2 ** 127 * (2 - 2 ** -23);
const smallest = 2 ** -149;

describe("the calculator", () => {
  let calculator: Caller<CalculatorService>;

  beforeEach(async () => {
    const { client } = await loopback(build());
    calculator = caller(CalculatorService, client);
  });

  const root = async (value: number) => (await calculator.squareRoot({ value })).value;
  const quotient = async (value1: number, value2: number) => (await calculator.divide({ value1, value2 })).value;

  async function violations(call: Promise<unknown>): Promise<Violation[]> {
    return violationsOf(await failure(status.INVALID_ARGUMENT, call)).map(({ field, description }) => ({
      field,
      description,
    }));
  }

  it("computes without knowing gRPC", () => {
    expect(squareRoot(16)).to.equal(4);
    expect(divide(7, 2)).to.equal(3.5);
  });

  it("answers the square root", async () => {
    expect(await root(16)).to.equal(4);
    expect(await root(0)).to.equal(0);
    expect(Object.is(await root(-0), 0)).to.equal(true);
    expect(await root(largest)).to.equal(Math.fround(Math.sqrt(largest)));
    expect(await root(smallest)).to.equal(Math.fround(Math.sqrt(smallest)));
  });

  it("answers the float nearest to the root, not the root", async () => {
    expect(await root(2)).to.equal(1.4142135381698608);
    expect(squareRoot(2)).to.equal(Math.SQRT2);
  });

  it("refuses the root of a negative number, and says which field and which rule", async () => {
    for (const value of [-1, -smallest, -largest]) {
      expect(await violations(calculator.squareRoot({ value }))).to.deep.equal([
        { field: "value", description: "must not be negative: its root would not be real" },
      ]);
    }
  });

  it("refuses the root of what is no finite number", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(await violations(calculator.squareRoot({ value }))).to.deep.equal([
        { field: "value", description: "must be a finite number" },
      ]);
    }
  });

  it("answers the quotient", async () => {
    expect(await quotient(7, 2)).to.equal(3.5);
    expect(await quotient(-1, 4)).to.equal(-0.25);
    expect(await quotient(0, 5)).to.equal(0);
    expect(await quotient(largest, 1)).to.equal(largest);
    expect(await quotient(smallest, 2)).to.equal(0);
  });

  it("refuses to divide by zero, by minus zero, and by nothing at all, which proto3 reads as zero", async () => {
    const expected = [{ field: "value2", description: "must not be zero" }];
    expect(await violations(calculator.divide({ value1: 1, value2: 0 }))).to.deep.equal(expected);
    expect(await violations(calculator.divide({ value1: 1, value2: -0 }))).to.deep.equal(expected);
    expect(await violations(calculator.divide({ value1: 0, value2: 0 }))).to.deep.equal(expected);
  });

  it("refuses what is no finite number in either field of a division", async () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const description = "must be a finite number";
      expect(await violations(calculator.divide({ value1: wrong, value2: 2 }))).to.deep.equal([
        { field: "value1", description },
      ]);
      expect(await violations(calculator.divide({ value1: 2, value2: wrong }))).to.deep.equal([
        { field: "value2", description },
      ]);
    }
  });

  it("refuses a quotient that is too large for the float of the answer", async () => {
    const description = "is so small that the quotient does not fit a float";
    expect(await violations(calculator.divide({ value1: largest, value2: 0.5 }))).to.deep.equal([
      { field: "value2", description },
    ]);
    expect(await violations(calculator.divide({ value1: -1, value2: smallest }))).to.deep.equal([
      { field: "value2", description },
    ]);
  });

  it("is not asked about a number that no float can hold: the client cannot send it", async () => {
    const error = await failure(status.INTERNAL, calculator.squareRoot({ value: 1e39 }));
    expect(error.details).to.contain("serialization failure");
  });
});
