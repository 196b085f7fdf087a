import { status } from "@grpc/grpc-js";
import { caller, violationsOf } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Case, failure } from "../../host/index.js";

/**
 * A request that breaks a rule. The code is for programs, and so is the field; the description is for people.
 *
 * A server whose handler lets its exception out answers UNKNOWN, as the tutorial's does: a bug of the server, as far as
 * the caller can tell.
 */
export const invalidArgument: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const call = calculator.squareRoot({ value: -1 }, { timeoutMs: 5000, signal });
  const error = await failure([status.INVALID_ARGUMENT, status.UNKNOWN], call);
  say(`SquareRoot(-1): ${status[error.code]}`);
  const violations = violationsOf(error);
  for (const { field, description } of violations) say(`  ${field} ${description}`);
  if (violations.length === 0) say("  (this server does not say which field)");
};
