import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import type { Case } from "../../host/index.js";

/** The contract says `float`, 24 bits; a JavaScript number has 53. What comes back is the float that is nearest. */
export const precision: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const { value } = await calculator.squareRoot({ value: 2 }, { timeoutMs: 5000, signal });
  say(`SquareRoot(2) = ${value}`);
  say(`Math.sqrt(2) = ${Math.sqrt(2)}: the contract's float has room for 24 of its 53 bits`);
  // Compare with what the type can hold, never with the number that was computed.
  if (value !== Math.fround(Math.sqrt(2))) throw new Error("the answer is not the float nearest to the root of 2");
};
