import { CalculatorService } from "#gen/tutorials/calculator.js";

/** Two methods of the calculator, so that a test still compiles when the contract gets another method. */
export const twoMethods = { squareRoot: CalculatorService.squareRoot, divide: CalculatorService.divide };
