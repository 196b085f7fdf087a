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

  it("answers the float that is nearest to the square root", async () => {
    for (const value of [16, 0, largest, smallest, 2])
      expect(await root(value)).to.equal(Math.fround(Math.sqrt(value)));
    expect(Object.is(await root(-0), 0)).to.equal(true);
    // Without gRPC there are doubles.
    expect([squareRoot(2), divide(7, 2)]).to.deep.equal([Math.SQRT2, 3.5]);
  });

  it("answers the quotient", async () => {
    for (const [value1, value2, expected] of [
      [7, 2, 3.5],
      [-1, 4, -0.25],
      [0, 5, 0],
      [largest, 1, largest],
      [smallest, 2, 0],
    ] as const)
      expect(await quotient(value1, value2)).to.equal(expected);
  });

  const notFinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  it("refuses a root that is not real, and what is not a finite number, and says which rule", async () => {
    for (const [values, description] of [
      [[-1, -smallest, -largest], "must not be negative: its root would not be real"],
      [notFinite, "must be a finite number"],
    ] as const) {
      for (const value of values)
        expect(await violations(calculator.squareRoot({ value }))).to.deep.equal([{ field: "value", description }]);
    }
  });

  it("refuses a division by zero, by absent fields, or whose quotient is too large, and says which rule", async () => {
    const tooLarge = "is so small that the quotient does not fit a float";
    for (const [value1, value2, field, description] of [
      [1, 0, "value2", "must not be zero"],
      [1, -0, "value2", "must not be zero"],
      // Absent fields are 0 in proto3.
      [0, 0, "value2", "must not be zero"],
      [largest, 0.5, "value2", tooLarge],
      [-1, smallest, "value2", tooLarge],
      ...notFinite.map((wrong) => [wrong, 2, "value1", "must be a finite number"] as const),
      ...notFinite.map((wrong) => [2, wrong, "value2", "must be a finite number"] as const),
    ] as const)
      expect(await violations(calculator.divide({ value1, value2 }))).to.deep.equal([{ field, description }]);
  });

  it("never gets a number that is too large for a float, because the client cannot send it", async () => {
    const error = await failure(status.INTERNAL, calculator.squareRoot({ value: 1e39 }));
    expect(error.details).to.contain("serialization failure");
  });
});
