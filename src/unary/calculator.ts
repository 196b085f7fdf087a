import { badRequest, implement } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";

/** The square root of a number that is not negative. The root of minus zero is zero. */
export function squareRoot(x: number): number {
  return Math.sqrt(x) + 0;
}

/** `dividend` divided by a `divisor` that is not zero. */
export function divide(dividend: number, divisor: number): number {
  return dividend / divisor;
}

/** The service of calculator.proto: the two functions above, and the contract's rules for requests. */
export const calculator = implement(CalculatorService, {
  squareRoot({ value }) {
    mustBeFinite("value", value);
    if (value < 0)
      throw badRequest({ field: "value", description: "must not be negative: its root would not be real" });
    return { value: squareRoot(value) };
  },

  divide({ value1, value2 }) {
    mustBeFinite("value1", value1);
    mustBeFinite("value2", value2);
    if (value2 === 0) throw badRequest({ field: "value2", description: "must not be zero" });
    const quotient = divide(value1, value2);
    // The answer is a float. A larger number cannot be encoded, and the call would end INTERNAL, like a fault of the
    // server.
    if (!Number.isFinite(Math.fround(quotient))) {
      throw badRequest({ field: "value2", description: "is so small that the quotient does not fit a float" });
    }
    return { value: quotient };
  },
});

/**
 * A NaN is neither negative nor zero, so `value < 0` and `value2 === 0` are false for it. It needs a check of its own.
 */
function mustBeFinite(field: string, value: number): void {
  if (!Number.isFinite(value)) throw badRequest({ field, description: "must be a finite number" });
}
