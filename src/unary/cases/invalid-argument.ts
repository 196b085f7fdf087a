import { status } from "@grpc/grpc-js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { caller, violationsOf } from "../../bridge/index.js";
import type { Case } from "../../host/cases.js";
import { failure } from "./failure.js";

/** A request that breaks a rule. The code is for programs, and so is the field; the description is for people. */
export const invalidArgument: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const call = calculator.squareRoot({ value: -1 }, { timeoutMs: 5000, signal });
  const error = await failure(status.INVALID_ARGUMENT, call);
  say(`SquareRoot(-1): ${status[error.code]}`);
  for (const { field, description } of violationsOf(error)) say(`  ${field} ${description}`);
};
